"""Addresses on GitHub servers: which repository a url names, and the pages of its files.

A server is github.com or one of GitHub Enterprise; the policy or Actions name the latter.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

PUBLIC = "https://github.com"
_REPOSITORY = re.compile(r"/([\w.-]+/[\w.-]+?)(?:\.git)?/?")
_SSH = re.compile(r"git@([\w.-]+):([\w.-]+/[\w.-]+?)(?:\.git)?/?")


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository on a GitHub server.

    Attributes:
        server: Address of the server, as in `https://github.com`.
        name: `owner/name`.
    """

    server: str
    name: str

    @property
    def page(self) -> str:
        """Return the address of its page."""
        return f"{self.server.rstrip('/')}/{self.name}"

    def file_page(self, commit: str, path: str) -> str:
        """Return the address of the page of one file.

        >>> Repository("https://github.com", "owner/set").file_page("c0ffee", "a b/<1>.png")
        'https://github.com/owner/set/blob/c0ffee/a%20b/%3C1%3E.png'
        """
        return f"{self.page}/blob/{commit}/{_quoted(path)}"

    def commits_page(self, old: str | None, new: str) -> str:
        """Return the page that compares two commits, or that of the only one known."""
        return f"{self.page}/compare/{old}...{new}" if old else f"{self.page}/tree/{new}"

    def raw_file(self, commit: str, path: str) -> str:
        """Return the address of the bytes of one file.

        >>> Repository("https://git.clinic.org", "owner/set").raw_file("c0ffee", "1.png")
        'https://git.clinic.org/owner/set/raw/c0ffee/1.png'
        """
        if self.server == PUBLIC:
            return f"https://raw.githubusercontent.com/{self.name}/{commit}/{_quoted(path)}"
        return f"{self.page}/raw/{commit}/{_quoted(path)}"

    def blob(self, blob: str) -> str:
        """Return the API's address of a blob, which holds no path."""
        api = "https://api.github.com" if self.server == PUBLIC else f"{self.server}/api/v3"
        return f"{api}/repos/{self.name}/git/blobs/{blob}"


def repository_at(url: str, *servers: str) -> Repository | None:
    """Return the repository that a url names on one of some GitHub servers, or `None`.

    >>> repository_at("git@github.com:owner/name.git", PUBLIC)
    Repository(server='https://github.com', name='owner/name')
    >>> repository_at("https://example.org/owner/name", PUBLIC) is None
    True
    """
    return next(filter(None, (_at(url, server.rstrip("/")) for server in servers)), None)


def _at(url: str, server: str) -> Repository | None:
    where = urlsplit(server)
    if found := _SSH.fullmatch(url):
        return Repository(server, found[2]) if found[1] == where.hostname else None
    parts = urlsplit(url)
    if not parts.netloc or (parts.hostname, parts.port) != (where.hostname, where.port):
        return None
    path = _REPOSITORY.fullmatch(parts.path)
    return Repository(server, path[1]) if path else None


def _quoted(path: str) -> str:
    return quote(path, errors="surrogateescape")
