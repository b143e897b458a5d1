"""Where releases come from: GitHub, a mirror, or a folder."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote, urlsplit

import requests
from urllib3.exceptions import HTTPError

from covid19_images.download.errors import OriginError, RequestError
from covid19_images.download.reach import Reach
from covid19_images.download.token import TOKEN_VARIABLES
from covid19_images.download.transfer import Location
from covid19_images.release import index as index_of
from covid19_images.release.index import is_version, version_key

REPOSITORY = "coyotespike/covid19-images"
LATEST = "latest"
_LATEST_FILE = "latest.txt"
_MAX_LATEST_BYTES = 1024
_MAX_API_BYTES = 16 * 2**20
_MAX_PAGES = 50  # of assets of one release; GitHub allows ten


class Origin(Protocol):
    """A place that has releases."""

    @property
    def reach(self) -> Reach:
        """Return which addresses a download from here may ask."""
        ...

    def latest(self) -> str:
        """Return the version of the newest release."""
        ...

    def locate(self, release: str, name: str) -> Location:
        """Return the url or path of a file of a release."""
        ...


@dataclass(frozen=True)
class FolderOrigin:
    """Releases in a folder; the folder of one release, or a local copy, will do too."""

    folder: Path
    loopback: bool = False

    @cached_property
    def reach(self) -> Reach:
        """Return the public internet, and this machine where that is wanted."""
        return Reach(loopback=self.loopback)

    def latest(self) -> str:
        """Return the version of the newest release in the folder."""
        if (self.folder / index_of.INDEX).is_file():
            return index_of.loads((self.folder / index_of.INDEX).read_bytes()).version
        names = [p.name for p in self.folder.iterdir()] if self.folder.is_dir() else []
        found = max(filter(is_version, names), key=version_key, default=None)
        if found is None:
            raise OriginError(
                f"There is no release in {self.folder}. It should hold folders named by version, "
                "such as 2026.11.23."
            )
        return found

    def locate(self, release: str, name: str) -> Location:
        """Find a file of a release."""
        places = (
            self.folder / release / name,
            self.folder / name,
            self.folder / "shards" / name,
            self.folder.parent / release / name,
        )
        for place in places:
            if place.is_file():
                return Location(place)
        raise OriginError(f"{self.folder} has no {name} of release {release}.")


@dataclass(frozen=True)
class MirrorOrigin:
    """Releases behind a url, laid out as in a folder."""

    url: str
    session: requests.Session = field(repr=False)
    loopback: bool = False

    def latest(self) -> str:
        """Fetch the version of the mirror's newest release."""
        url = f"{self._base}/{_LATEST_FILE}"
        body = _get(self.session, self.reach, url, {}, _MAX_LATEST_BYTES)
        version = body.decode("ascii", "replace").strip()
        if not is_version(version):
            raise OriginError(f"{self._base}/{_LATEST_FILE} names no release.")
        return version

    def locate(self, release: str, name: str) -> Location:
        """Return the url of a file."""
        url = f"{self._base}/{quote(release)}/{quote(name)}"
        return Location(url, reach=self.reach)

    @cached_property
    def reach(self) -> Reach:
        """Return the mirror's own host and port, and the public internet."""
        return Reach.of([self.url], loopback=self.loopback)

    @property
    def _base(self) -> str:
        return self.url.rstrip("/")


@dataclass(frozen=True)
class GitHubOrigin:
    """Releases of a GitHub repository.

    A token in one of `TOKEN_VARIABLES` is used where there is one: for a private repository,
    and for the limits on how often anyone may ask. `GITHUB_API_URL` and `GITHUB_SERVER_URL` name
    another server, as they do for GitHub's own tools.
    """

    repository: str
    session: requests.Session = field(repr=False)
    loopback: bool = False
    _assets: dict[str, Mapping[str, str]] = field(default_factory=dict, init=False, repr=False)

    def latest(self) -> str:
        """Fetch the version of GitHub's newest release."""
        response = self._json(f"{self._api}/releases/latest")
        tag = response.get("tag_name") if isinstance(response, dict) else None
        if not isinstance(tag, str) or not is_version(tag):
            raise OriginError(f"The newest release of {self.repository} is none of the collection.")
        return tag

    def locate(self, release: str, name: str) -> Location:
        """Return the url of an asset."""
        if not _token():
            server = os.environ.get("GITHUB_SERVER_URL", "https://github.com")
            place = f"{self.repository}/releases/download/{quote(release)}/{quote(name)}"
            return Location(f"{server}/{place}", reach=self.reach)
        if release not in self._assets:
            self._assets[release] = self._listed(release)
        if name not in self._assets[release]:
            raise OriginError(f"Release {release} of {self.repository} has no {name}.")
        headers = {**self._headers(), "Accept": "application/octet-stream"}
        return Location(self._asset(release, name), headers, self.reach)

    def _asset(self, release: str, name: str) -> str:
        """Return the url of an asset, which a token is sent to: on the API's own host."""
        url = self._assets[release][name]
        if urlsplit(url)[:2] != urlsplit(self._api)[:2]:
            raise OriginError(f"{self._api} says that {name} is at another host. It was not asked.")
        return url

    @cached_property
    def reach(self) -> Reach:
        """Return GitHub's own hosts, and the public internet."""
        server = os.environ.get("GITHUB_SERVER_URL", "https://github.com")
        return Reach.of([server, self._api], loopback=self.loopback)

    def _json(self, url: str) -> Any:  # noqa: ANN401  whatever the server sends
        body = _get(self.session, self.reach, url, self._headers(), _MAX_API_BYTES)
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            raise OriginError(f"{url} does not answer in JSON. Nothing was changed.") from None

    def _listed(self, release: str) -> dict[str, str]:
        """List the assets of a release: name and url."""
        tag = f"{self._api}/releases/tags/{quote(release)}"
        response = self._json(tag)
        found: dict[str, str] = {}
        for page in range(1, _MAX_PAGES + 1):
            place = f"{self._api}/releases/{int(response['id'])}/assets?per_page=100&page={page}"
            assets = self._json(place)
            found |= {str(asset["name"]): str(asset["url"]) for asset in assets}
            if len(assets) < 100:
                return found
        raise OriginError(f"Release {release} of {self.repository} has assets without end.")

    @property
    def _api(self) -> str:
        server = os.environ.get("GITHUB_API_URL", "https://api.github.com").rstrip("/")
        return f"{server}/repos/{self.repository}"

    def _headers(self) -> dict[str, str]:
        headers = {"Accept": "application/vnd.github+json"}
        token = _token()
        return headers | {"Authorization": f"Bearer {token}"} if token else headers


def _token() -> str | None:
    return next(filter(None, map(os.environ.get, TOKEN_VARIABLES)), None)


def _get(
    session: requests.Session, reach: Reach, url: str, headers: Mapping[str, str], most: int
) -> bytes:
    try:
        response, body = reach.read(session, url, headers, most=most)
    except (requests.RequestException, HTTPError) as error:
        raise OriginError(
            f"{url} does not answer ({type(error).__name__}). Nothing was changed. Are you online? "
            "A folder or mirror can be named with --from."
        ) from None
    if response.status_code == requests.codes.not_found:
        raise OriginError(f"{url} is not there: no release, or none that you may see.")
    if not response.ok:
        raise OriginError(f"{url} answers {response.status_code}. Nothing was changed. Try later.")
    return body


def origin(place: str | None, session: requests.Session, *, loopback: bool = False) -> Origin:
    """Return the origin that `--from` names.

    Args:
        place: A folder, a url, or a GitHub repository as `https://github.com/OWNER/REPO`; the
            collection's own repository by default.
        session: What asks servers.
        loopback: Whether releases may lead to services of this machine.
    """
    if place is None:
        return GitHubOrigin(REPOSITORY, session, loopback)
    github = re.fullmatch(r"https://github\.com/([\w.-]+/[\w.-]+?)(\.git|/releases)?/?", place)
    if github:
        return GitHubOrigin(github[1], session, loopback)
    if place.startswith(("https://", "http://")):
        return MirrorOrigin(place, session, loopback)
    return FolderOrigin(Path(place.removeprefix("file://")), loopback)


def version_at(place: Origin, asked: str) -> str:
    """Return the version of the release that is asked for by its version, or as the newest.

    Raises:
        RequestError: What is asked for is no version.
        OriginError: What the place calls its newest release is none.
    """
    name = place.latest() if asked == LATEST else asked
    if not is_version(name):
        error = OriginError if asked == LATEST else RequestError
        raise error(f"{name!r} is no version of a release; one looks like 2026.11.23.")
    return name
