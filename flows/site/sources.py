"""What the site shows of each source, and what sources share with each other."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

from flows.collection.state import State
from flows.config.source import Source
from flows.site.pictures import Picture
from flows.text.links import Repository, repository_at

_SHADES = 6


@dataclass(frozen=True, slots=True)
class Shown:
    """One source.

    Attributes:
        source: Its configuration.
        repository: Where it is, where that is a GitHub server.
        commit: The upstream commit that is described; `None` before the first night.
        pictures: The pictures of it.
        newest: The last day on which an image of it was added or changed.
        problems: How much of it could not be explained.
    """

    source: Source
    repository: Repository | None
    commit: str | None
    pictures: tuple[Picture, ...]
    newest: dt.date | None
    problems: int

    def owners_page(self, path: str) -> str | None:
        """Link to a file at its owner's; `None` where there is no such page.

        It leads to the branch: a link to the commit would change the pages of all pictures of a
        source, each time that anything in it moves.
        """
        if not self.repository or not self.commit or path.startswith("withheld/"):
            return None
        return self.repository.file_page(self.source.branch or "HEAD", path)


def sources(
    configured: Sequence[Source], state: State, pictures: Sequence[Picture], servers: Sequence[str]
) -> list[Shown]:
    """Collect what is known of each configured source, by name.

    Args:
        configured: The configured sources.
        state: The collection.
        pictures: Its pictures.
        servers: GitHub servers that may be linked to.
    """
    problems = Counter(problem.source for problem in state.problems)
    return [
        _source(source, state, pictures, problems, servers)
        for source in sorted(configured, key=lambda source: source.name)
    ]


def _source(
    source: Source,
    state: State,
    pictures: Sequence[Picture],
    problems: Mapping[str, int],
    servers: Sequence[str],
) -> Shown:
    own = tuple(p for p in pictures if any(row.source == source.name for row in p.rows))
    days = [
        day
        for picture in own
        for row in picture.rows
        if row.source == source.name and (day := row.last_changed or row.first_seen)
    ]
    described = state.described.get(source.name)
    return Shown(
        source=source,
        repository=repository_at(source.url, *servers),
        commit=described.commit if described else None,
        pictures=own,
        newest=max(days, default=None),
        problems=problems.get(source.name, 0),
    )


@dataclass(frozen=True, slots=True)
class Cell:
    """How many pictures two sources share; `shade` is 0 for none and 6 for the larger's all."""

    pictures: int
    shade: int


def shared(found: Iterable[Shown], pictures: Iterable[Picture]) -> list[tuple[str, list[Cell]]]:
    """Count the pictures that each two sources share, as they are or as copies.

    Args:
        found: The sources; rows and columns of the matrix.
        pictures: All pictures.
    """
    names = [one.source.name for one in found]
    by_id = {picture.image_id: picture for picture in pictures}
    counts: Counter[tuple[str, str]] = Counter()
    for picture in by_id.values():
        copies = [c.image_id for c in picture.copies if c.kind not in ("undecided", "part")]
        rows = [*picture.rows, *(row for one in copies for row in by_id[one].rows)]
        own = {row.source for row in picture.rows}
        pairs = combinations_with_replacement(sorted({row.source for row in rows}), 2)
        counts.update(pair for pair in pairs if own & set(pair))
    return [(a, [_cell(counts, a, b) for b in names]) for a in names]


def _cell(counts: Counter[tuple[str, str]], a: str, b: str) -> Cell:
    number = counts[min(a, b), max(a, b)]
    most = max(counts[a, a], counts[b, b])
    if a == b or not number:
        return Cell(number, 0)
    return Cell(number, max(1, min(_SHADES, -(-number * _SHADES // most))))
