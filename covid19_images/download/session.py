"""What asks servers: patient, through the proxies of the environment, with addresses judged."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import requests
from requests.structures import CaseInsensitiveDict
from requests.utils import get_netrc_auth, select_proxy
from urllib3.exceptions import MaxRetryError
from urllib3.response import BaseHTTPResponse
from urllib3.util import Retry, Timeout

from covid19_images.download.connect import JudgedAdapter

if TYPE_CHECKING:
    from urllib3 import HTTPConnectionPool

TRIES = 6  # attempts without a new byte
LONGEST_WAIT_S = 120
_RETRIED = (429, 500, 502, 503, 504)


class _Patience(Retry):
    """Wait as long as a server asks for, but not for ever."""

    def get_retry_after(self, response: BaseHTTPResponse) -> float | None:
        asked = super().get_retry_after(response)
        return None if asked is None else min(asked, LONGEST_WAIT_S)


@dataclass(frozen=True, slots=True)
class _Direct:
    """How a host is asked that needs neither a proxy nor a password of `.netrc`."""

    headers: Mapping[str, str]
    verify: bool | str | None
    cert: str | tuple[str, str] | None


class _Session(requests.Session):
    """Look into the environment once for each host: it takes longer than to fetch a small file."""

    def __init__(self) -> None:
        super().__init__()
        self._settings: dict[tuple[str, str], Any] = {}
        self._auth: dict[tuple[str, str], Any] = {}
        self._direct: dict[tuple[str, str], _Direct | None] = {}

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

    def direct(self, url: str) -> _Direct | None:
        """Return how a host is asked directly; `None` where it is not."""
        place = _place(url)
        if place not in self._direct:
            headers = dict(self.prepare_request(requests.Request("GET", url)).headers)
            settings = self.merge_environment_settings(url, {}, True, None, None)
            is_direct = select_proxy(url, settings["proxies"]) is None
            is_direct = is_direct and self._auth[place] is _unchanged
            how = _Direct(headers, settings["verify"], settings["cert"])
            self._direct[place] = how if is_direct else None
        return self._direct[place]


def ask(
    session: requests.Session,
    url: str,
    headers: Mapping[str, str],
    *,
    timeout_s: tuple[float, float],
) -> requests.Response:
    """Ask a server; the body is still to be read, and a redirect is not followed.

    Where nothing stands between, urllib3 is asked itself: what requests does besides for each
    answer (cookies, hooks, the next of a chain of redirects) takes longer than a small file.

    Args:
        session: What asks.
        url: For what.
        headers: Sent along.
        timeout_s: To connect, and between two pieces.

    Raises:
        requests.RequestException: The server does not answer.
        urllib3.exceptions.HTTPError: It breaks off.
    """
    how = session.direct(url) if isinstance(session, _Session) else None
    adapter = session.get_adapter(url)
    if how is None or not isinstance(adapter, JudgedAdapter):
        return session.get(
            url, headers=dict(headers), stream=True, timeout=timeout_s, allow_redirects=False
        )
    asked = requests.PreparedRequest()
    asked.prepare_url(url, None)
    pool = adapter.get_connection_with_tls_context(asked, how.verify, proxies={}, cert=how.cert)
    adapter.cert_verify(pool, asked.url, how.verify, how.cert)  # type: ignore[no-untyped-call]
    try:
        raw = cast("HTTPConnectionPool", pool).urlopen(
            "GET",
            asked.path_url,
            headers={**how.headers, **headers},
            redirect=False,
            preload_content=False,
            decode_content=False,
            retries=adapter.max_retries,
            timeout=Timeout(connect=timeout_s[0], read=timeout_s[1]),
        )
    except MaxRetryError as error:
        raise requests.ConnectionError(error) from error
    response = requests.Response()
    response.raw, response.status_code, response.url = raw, raw.status, str(asked.url)
    response.headers, response.reason = CaseInsensitiveDict(raw.headers), raw.reason or ""
    return response


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
