"""Ask Kaggle with its own client; answers leave as values.

The client asks one method a path, and files go to Google's storage by an address that Kaggle gives:
the token goes to Kaggle alone.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from typing import Any

import requests
from kagglesdk.datasets.services.dataset_api_service import DatasetApiClient
from kagglesdk.datasets.types import dataset_api_service as forms
from kagglesdk.kaggle_env import KaggleEnv
from kagglesdk.kaggle_http_client import KaggleHttpClient
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from flows.publish import ReleaseError

SERVER = "https://api.kaggle.com"
PAGE = "https://www.kaggle.com/datasets"
READY, FAILED = "READY", "FAILED"
_MOST_BYTES = 64 * 2**20  # of a small file that is read back
_ON_A_PAGE = 200
_MOST_PAGES = 1000
_GONE = ("deleted", "failed", "error")
_BUSY = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS)


class RefusedError(ReleaseError):
    """Raised where Kaggle answers that it does not take what was sent."""


class _NotThereError(ReleaseError):
    """Raised for what Kaggle does not have, or does not show to this account."""


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the dataset: its number, the words it was made with, and how it fares."""

    number: int
    notes: str
    status: str

    @property
    def is_there(self) -> bool:
        """Return whether it was neither deleted nor given up."""
        return self.status.lower() not in _GONE


class _Patient(HTTPAdapter):
    """Ask again what was not done for want of time; the client itself would wait for ever."""

    def __init__(self, silence_s: float) -> None:
        super().__init__(
            max_retries=Retry(
                total=6,
                connect=0,
                read=0,
                redirect=0,
                backoff_factor=2,
                status_forcelist=(HTTPStatus.TOO_MANY_REQUESTS,),
                allowed_methods=None,
                raise_on_status=False,
            )
        )
        self._timeout_s = (10.0, silence_s)

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,  # noqa: ANN401  as the library has it
        verify: bool | str = True,
        cert: Any = None,  # noqa: ANN401  … likewise
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        wait = timeout or self._timeout_s
        return super().send(request, stream, wait, verify, cert, proxies)


@dataclass(frozen=True)
class KaggleApi:
    """One dataset on Kaggle, with the token of who writes.

    Attributes:
        repository: `owner/name` of the dataset.
        secret: Gives the token; it is in no address and no message.
        server: Where Kaggle's API is.
        silence_s: How long it may send nothing.
    """

    repository: str
    secret: Callable[[], str] = field(repr=False)
    server: str = SERVER
    silence_s: float = 120.0

    @cached_property
    def http(self) -> KaggleHttpClient:
        """Return the client, which waits no longer than it is allowed to."""
        client = KaggleHttpClient(KaggleEnv.PROD, api_token=self.secret(), user_agent="")
        client._endpoint = self.server  # noqa: SLF001  it takes an address in no other way
        client._init_session()  # noqa: SLF001  … nor a time to wait
        client._session.mount(f"{self.server.partition('://')[0]}://", _Patient(self.silence_s))  # noqa: SLF001
        client._session.headers["User-Agent"] = "covid19-images"  # noqa: SLF001
        return client

    @cached_property
    def _datasets(self) -> DatasetApiClient:
        return DatasetApiClient(self.http)

    def versions(self) -> list[Version] | None:
        """List the versions that are there, oldest first; `None` where there is no dataset."""
        try:
            with answers("GetDataset"):
                found = self._datasets.get_dataset(self._named(forms.ApiGetDatasetRequest()))
                listed = [
                    Version(int(one.version_number), str(one.version_notes), str(one.status))
                    for one in found.versions
                ]
                newest = int(found.current_version_number)
        except _NotThereError:
            return None
        if newest and newest not in {one.number for one in listed}:
            listed.append(Version(newest, "", ""))
        return sorted((one for one in listed if one.is_there), key=lambda one: one.number)

    def status(self) -> str:
        """Return what Kaggle does with the newest version: READY, FAILED, or another word."""
        request = self._named(forms.ApiGetDatasetStatusRequest())
        try:
            with answers("GetDatasetStatus"):
                return str(self._datasets.get_dataset_status(request).status.name)
        except _NotThereError:
            return ""

    def top(self, number: int) -> dict[str, int | None]:
        """Return the sizes of the files of a version, by name; folders have none."""
        found: dict[str, int | None] = {}
        request = self._named(forms.ApiListTreeDatasetFilesRequest())
        request.dataset_version_number, request.page_size = number, _ON_A_PAGE
        for _ in range(_MOST_PAGES):
            with answers("ListTreeDatasetFiles"):
                page = self._datasets.list_tree_dataset_files(request)
                found |= {str(one.name): None for one in page.directories}
                found |= {str(one.name): int(one.total_bytes) for one in page.files}
                if not page.next_page_token:
                    return found
                request.page_token = page.next_page_token
        raise ReleaseError(f"Kaggle lists more than {_MOST_PAGES * _ON_A_PAGE:,} files.")

    def read(self, name: str, number: int) -> bytes | None:
        """Read a small file of a version; `None` where it has none of that name."""
        request = self._named(forms.ApiDownloadDatasetRequest())
        request.file_name, request.dataset_version_number = name, number
        try:
            with answers("DownloadDataset"), self._datasets.download_dataset(request) as response:
                content = b""
                for piece in response.iter_content(2**16):
                    content += piece
                    if len(content) > _MOST_BYTES:
                        raise ReleaseError(f"{name} there has more than {_MOST_BYTES:,} bytes.")
        except _NotThereError:
            return None
        return content

    def create(self, about: Mapping[str, Any], tokens: Sequence[str]) -> None:
        """Make the dataset with its first version, which nobody but its owner sees.

        Args:
            about: What `dataset-metadata.json` says.
            tokens: What stands for the files.
        """
        request = forms.ApiCreateDatasetRequest()
        request.owner_slug, request.slug = self.repository.split("/")
        request.title, request.license_name = about["title"], about["licenses"][0]["name"]
        request.is_private = True  # a person looks at it before others do
        self._describe(request, about, tokens)
        with answers("CreateDataset"):
            _taken(self._datasets.create_dataset(request))

    def next_version(
        self, about: Mapping[str, Any], tokens: Sequence[str], *, notes: str, only: bool
    ) -> None:
        """Make the next version.

        Args:
            about: What `dataset-metadata.json` says.
            tokens: What stands for the files.
            notes: What it is.
            only: Whether all versions before it are deleted.
        """
        body = forms.ApiCreateDatasetVersionRequestBody()
        body.version_notes, body.delete_old_versions = notes, only
        self._describe(body, about, tokens)
        request = self._named(forms.ApiCreateDatasetVersionRequest())
        request.body = body
        with answers("CreateDatasetVersion"):
            _taken(self._datasets.create_dataset_version(request))

    def _describe(self, form: Any, about: Mapping[str, Any], tokens: Sequence[str]) -> None:  # noqa: ANN401
        form.subtitle, form.description = about["subtitle"], about["description"]
        form.files = []
        for token in tokens:
            file = forms.ApiDatasetNewFile()
            file.token = token
            form.files.append(file)

    def _named(self, form: Any) -> Any:  # noqa: ANN401  the client has no types
        form.owner_slug, form.dataset_slug = self.repository.split("/")
        return form


def _taken(answer: Any) -> None:  # noqa: ANN401  the client has no types
    """Look whether an answer is a refusal: Kaggle answers 200 to what it does not do, too."""
    if answer.error or str(answer.status).lower() == "error":
        raise RefusedError(f"Kaggle did not take it: {_one_line(str(answer.error))}")


@contextmanager
def answers(method: str) -> Iterator[None]:
    """Raise what the network and the client do as the error of a target."""
    try:
        yield
    except requests.HTTPError as error:
        code = error.response.status_code if error.response is not None else 0
        why = f"Kaggle answers {code} to {method}: {_one_line(str(error))}"
        if code == HTTPStatus.NOT_FOUND or (code == HTTPStatus.FORBIDDEN and "Get" in method):
            raise _NotThereError(why) from None  # what is not there is forbidden, Kaggle says
        if 400 <= code < 500 and code not in _BUSY:
            raise RefusedError(why) from None
        raise ReleaseError(why) from None
    except (requests.RequestException, OSError) as error:
        what = type(error).__name__
        raise ReleaseError(f"Kaggle does not answer {method} ({what}).") from None
    except (ValueError, TypeError, KeyError, AttributeError):
        raise ReleaseError(f"Kaggle answers {method} in a way that we do not know.") from None


def _one_line(words: str) -> str:
    return " ".join(words.split())[:300]
