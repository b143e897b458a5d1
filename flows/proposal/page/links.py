"""Point at a file of an upstream, at the commit it was described from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from flows.proposal.changes import SourceChange

_GITHUB = "https://github.com/"


@dataclass(frozen=True, slots=True)
class Links:
    """Know where each source's files can be looked at.

    Attributes:
        urls: Each source's repository.
        old: The commit each source was described from before.
        new: The commit it is described from now.
    """

    urls: Mapping[str, str] = field(default_factory=dict)
    old: Mapping[str, str | None] = field(default_factory=dict)
    new: Mapping[str, str | None] = field(default_factory=dict)

    def now(self, source: str, path: str) -> str | None:
        """Link to a file as it is described now; `None` where the upstream has no such page."""
        return file_page(self.urls.get(source, ""), self.new.get(source), path)

    def before(self, source: str, path: str) -> str | None:
        """Link to a file as it was described before."""
        return file_page(self.urls.get(source, ""), self.old.get(source), path)

    def commits(self, source: str) -> str | None:
        """Link to the new commits, or to the only one known."""
        old, new = self.old.get(source), self.new.get(source)
        page = _repository(self.urls.get(source, ""))
        if not page or not new:
            return None
        return f"{page}/compare/{old}...{new}" if old and old != new else f"{page}/tree/{new}"


def links(changes: Iterable[SourceChange]) -> Links:
    """Collect where the files of a night's sources are."""
    changes = tuple(changes)
    return Links(
        urls={c.source.name: c.source.url for c in changes},
        old={c.source.name: c.old for c in changes},
        new={c.source.name: c.new for c in changes},
    )


def file_page(url: str, commit: str | None, path: str) -> str | None:
    """Return the page of one file on GitHub; `None` for a repository that is elsewhere.

    >>> file_page("https://github.com/owner/set.git", "c0ffee", "a b/<1>.png")
    'https://github.com/owner/set/blob/c0ffee/a%20b/%3C1%3E.png'
    >>> file_page("https://example.org/set.git", "c0ffee", "1.png") is None
    True
    """
    page = _repository(url)
    if not page or not commit:
        return None
    return f"{page}/blob/{commit}/{quote(path, errors='surrogateescape')}"


def _repository(url: str) -> str | None:
    if not url.startswith(_GITHUB):
        return None
    return _GITHUB + quote(url.removeprefix(_GITHUB).rstrip("/").removesuffix(".git"))
