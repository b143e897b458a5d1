"""Ask Zenodo's deposit API, as https://developers.zenodo.org describes it; answers leave as values.

An answer names addresses that are asked next: a token goes to Zenodo's own host alone.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.util import Retry

from flows.publish import ReleaseError

SERVER = "https://zenodo.org"
_DEPOSITIONS = "/api/deposit/depositions"
_ON_A_PAGE = 100
_MOST_PAGES = 1000


@dataclass(frozen=True, slots=True)
class Deposit:
    """One version of a record, published or not.

    Attributes:
        number: What Zenodo calls it.
        concept: What all its versions have in common.
        is_published: Whether people see it.
        is_edited: Whether its published metadata are being changed.
        metadata: What is said of it.
        links: Where to go from it.
        files: Its files by name: Zenodo's id, and the MD5 sum.
    """

    number: int
    concept: str
    is_published: bool
    is_edited: bool
    metadata: dict[str, Any] = field(repr=False)
    links: dict[str, str] = field(repr=False)
    files: dict[str, tuple[str, str]] = field(repr=False)

    @property
    def version(self) -> str:
        """Return the release; empty where it says none."""
        return str(self.metadata.get("version", ""))

    @property
    def doi(self) -> str:
        """Return its DOI, or the one that is kept for it."""
        kept = self.metadata.get("prereserve_doi") or {}
        return str(self.metadata.get("doi") or kept.get("doi", ""))

    @property
    def concept_doi(self) -> str:
        """Return the DOI that leads to the newest version: the concept's number in place of its."""
        return self.doi.removesuffix(str(self.number)) + self.concept


def deposit(answer: Any) -> Deposit:  # noqa: ANN401  whatever the server sends
    """Read a deposition.

    Raises:
        ReleaseError: It is none.
    """
    try:
        files = answer.get("files") or []
        return Deposit(
            number=int(answer["id"]),
            concept=str(answer["conceptrecid"]),
            is_published=answer["submitted"] is True,
            is_edited=answer["submitted"] is True and answer["state"] == "inprogress",
            metadata=dict(answer["metadata"]),
            links={name: str(url) for name, url in answer["links"].items()},
            files={
                str(one["filename"]): (str(one["id"]), str(one["checksum"]).removeprefix("md5:"))
                for one in files
            },
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise ReleaseError("Zenodo describes a deposition in a way that we do not know.") from None


class _Bearer(AuthBase):
    """A token in a header, where no message shows it."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._secret}"
        return request


@dataclass(frozen=True)
class ZenodoApi:
    """Zenodo, or its sandbox, with the token of who writes.

    Attributes:
        server: Its address.
        secret: Gives the token; it is in no address and no message.
        open: Opens a session.
        silence_s: How long it may send nothing.
    """

    server: str
    secret: Callable[[], str] = field(repr=False)
    open: Callable[[], requests.Session] = field(default=requests.Session, repr=False)
    silence_s: float = 120.0

    @cached_property
    def _session(self) -> requests.Session:
        session = self.open()
        patient = Retry(
            total=6,
            connect=0,
            read=0,
            backoff_factor=2,
            status_forcelist=(429,),  # it was not done, so it may be asked again
            allowed_methods=None,
            raise_on_status=False,
        )
        session.mount(self.server, HTTPAdapter(max_retries=patient))
        session.auth = _Bearer(self.secret())  # a header alone would give way to a .netrc
        return session

    def all(self) -> Iterator[Deposit]:
        """Yield the account's depositions, of all versions; files are not among what it says."""
        for page in range(1, _MOST_PAGES):
            query = f"all_versions=true&size={_ON_A_PAGE}&page={page}"
            found = self._ask("GET", f"{self.server}{_DEPOSITIONS}?{query}").json()
            yield from map(deposit, found)
            if len(found) < _ON_A_PAGE:
                return

    def get(self, number: int) -> Deposit:
        """Return one deposition as it is now."""
        return deposit(self._ask("GET", self._at(number)).json())

    def create(self, metadata: dict[str, Any]) -> Deposit:
        """Begin the first version."""
        url = f"{self.server}{_DEPOSITIONS}"
        return deposit(self._ask("POST", url, json={"metadata": metadata}).json())

    def new_version(self, number: int) -> Deposit:
        """Begin another version with the same files, or return the one that was begun."""
        old = deposit(self._ask("POST", f"{self._at(number)}/actions/newversion").json())
        return deposit(self._ask("GET", old.links.get("latest_draft", "")).json())

    def describe(self, number: int, metadata: dict[str, Any]) -> None:
        """Write what a version is."""
        self._ask("PUT", self._at(number), json={"metadata": metadata})

    def edit(self, number: int) -> None:
        """Begin to change what is said of a published version."""
        self._ask("POST", f"{self._at(number)}/actions/edit")

    def publish(self, number: int) -> Deposit:
        """Let people see a version, or what was changed of it."""
        return deposit(self._ask("POST", f"{self._at(number)}/actions/publish").json())

    def send(self, draft: Deposit, file: Path, name: str) -> str:
        """Send a file, in place of one of that name; return the MD5 sum Zenodo has of it."""
        url = f"{draft.links.get('bucket', '')}/{quote(name)}"
        with file.open("rb") as stream:
            answer = self._ask("PUT", url, data=stream).json()
        return str(answer.get("checksum", "")).removeprefix("md5:")

    def read(self, of: Deposit, name: str) -> bytes:
        """Read a small file."""
        return self._ask("GET", f"{of.links.get('bucket', '')}/{quote(name)}").content

    def delete(self, draft: Deposit, name: str) -> None:
        """Remove a file from a version that is not published."""
        self._ask("DELETE", f"{self._at(draft.number)}/files/{quote(draft.files[name][0])}")

    def _at(self, number: int) -> str:
        return f"{self.server}{_DEPOSITIONS}/{number}"

    def _ask(self, method: str, url: str, **body: Any) -> requests.Response:  # noqa: ANN401
        if urlsplit(url)[:2] != urlsplit(self.server)[:2]:
            raise ReleaseError(f"Zenodo leads to another host for {method}. It was not asked.")
        try:
            answer = self._session.request(
                method, url, timeout=(10, self.silence_s), allow_redirects=False, **body
            )
        except requests.RequestException as error:
            what = type(error).__name__
            raise ReleaseError(f"Zenodo does not answer {method} ({what}).") from None
        if not 200 <= answer.status_code < 300:
            raise ReleaseError(f"Zenodo answers {answer.status_code} to {method}: {_why(answer)}")
        return answer


def _why(answer: requests.Response) -> str:
    try:
        says = answer.json()
        parts = [
            says["message"],
            *(f"{e['field']}: {e['message']}" for e in says.get("errors", [])),
        ]
    except (ValueError, KeyError, TypeError):
        parts = [answer.text]
    return " ".join(" ".join(map(str, parts)).split())[:300]
