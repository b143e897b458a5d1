"""Link to files of upstreams, at the commits they were described from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from flows.proposal.changes import SourceChange
from flows.text.links import Repository
from flows.text.names import is_withheld


@dataclass(frozen=True, slots=True)
class Links:
    """Where the files of each source have pages.

    Attributes:
        repositories: Each source's repository, where it is on a GitHub server.
        old: The commit each source was described from before.
        new: The commit it is described from now.
    """

    repositories: Mapping[str, Repository] = field(default_factory=dict)
    old: Mapping[str, str | None] = field(default_factory=dict)
    new: Mapping[str, str | None] = field(default_factory=dict)

    def now(self, source: str, path: str) -> str | None:
        """Link to a file as it is described now; `None` where the upstream has no such page."""
        return self._page(source, self.new.get(source), path)

    def before(self, source: str, path: str) -> str | None:
        """Link to a file as it was described before."""
        return self._page(source, self.old.get(source), path)

    def commits(self, source: str) -> str | None:
        """Link to the new commits, or to the only one known."""
        repository = self.repositories.get(source)
        old, new = self.old.get(source), self.new.get(source)
        if not repository or not new:
            return None
        return repository.commits_page(old if old != new else None, new)

    def _page(self, source: str, commit: str | None, path: str) -> str | None:
        repository = self.repositories.get(source)
        if not repository or not commit or is_withheld(path):  # a link has the path in it
            return None
        return repository.file_page(commit, path)


def links(changes: Iterable[SourceChange]) -> Links:
    """Collect where the files of a night's sources are."""
    changes = tuple(changes)
    return Links(
        repositories={c.source.name: c.repository for c in changes if c.repository},
        old={c.source.name: c.old for c in changes},
        new={c.source.name: c.new for c in changes},
    )
