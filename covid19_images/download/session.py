"""What asks servers: patient, through the proxies of the environment, with addresses judged."""

from typing import Any
from urllib.parse import urlsplit

import requests
from requests.utils import get_netrc_auth
from urllib3.response import BaseHTTPResponse
from urllib3.util import Retry

from covid19_images.download.connect import JudgedAdapter

TRIES = 6  # attempts without a new byte
LONGEST_WAIT_S = 120
_RETRIED = (429, 500, 502, 503, 504)


class _Patience(Retry):
    """Wait as long as a server asks for, but not for ever."""

    def get_retry_after(self, response: BaseHTTPResponse) -> float | None:
        asked = super().get_retry_after(response)
        return None if asked is None else min(asked, LONGEST_WAIT_S)


class _Session(requests.Session):
    """Look into the environment once for each host: it takes longer than to fetch a small file."""

    def __init__(self) -> None:
        super().__init__()
        self._settings: dict[tuple[str, str], Any] = {}
        self._auth: dict[tuple[str, str], Any] = {}

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        place = _place(str(request.url))
        if place not in self._auth:
            self._auth[place] = get_netrc_auth(str(request.url)) or _unchanged
        request.auth = request.auth or self._auth[place]
        return super().prepare_request(request)

    def merge_environment_settings(self, *asked: Any, **options: Any) -> Any:  # noqa: ANN401
        place = _place(str(options.get("url") or asked[0]))
        if place not in self._settings:
            self._settings[place] = super().merge_environment_settings(*asked, **options)
        return self._settings[place]


def _place(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _unchanged(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def new_session(*, backoff_s: float = 1.0) -> requests.Session:
    """Open a session that waits and asks again where a server says it is busy.

    Proxies, `.netrc` and certificates are taken from the environment, as requests does.

    Args:
        backoff_s: The first wait, doubled each time, where the server names none.
    """
    retry = _Patience(
        total=TRIES,
        connect=0,  # `_fill` asks again, and a person hears of it
        read=0,
        backoff_factor=backoff_s,
        backoff_max=LONGEST_WAIT_S,
        status_forcelist=_RETRIED,
        allowed_methods=("GET",),
        respect_retry_after_header=True,
        raise_on_status=False,
    )
    session = _Session()
    for scheme in ("https://", "http://"):
        session.mount(scheme, JudgedAdapter(max_retries=retry, pool_maxsize=16))
    session.headers["Accept-Encoding"] = "identity"  # ranges and checksums are of the file itself
    return session
