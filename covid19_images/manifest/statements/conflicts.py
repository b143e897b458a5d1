"""Find the fields in which statements of one picture cannot both hold, and what counts until then.

The rule: a person's decision counts before every source. Of sources, the one nearest to the owner
counts (its `order`), so that an owner's correction counts before the value that was copied earlier.
Where one source contradicts itself there is no rule, and the picture is in doubt.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from covid19_images.manifest.dataclass_csv import Table
from covid19_images.manifest.record import Record
from covid19_images.manifest.statements.compatible import BOTH_HOLD, FIELDS, value
from covid19_images.manifest.statements.exposures import exposures, rank
from covid19_images.manifest.table import ManifestError

FILE = "conflicts.csv"


@dataclass(frozen=True, slots=True, order=True, kw_only=True)
class Conflict:
    """Two statements of one picture that cannot both hold: a row of `conflicts.csv`.

    Attributes:
        field: The field.
        a: Key of one row.
        b: Key of the other, after it in order.
        a_value: What the one states, in our words.
        b_value: What the other states.
        counts: The value that counts; `None` where nobody can tell.
        by: Whose value it is: a source, or the person who decided.
    """

    field: str
    a: str
    b: str
    a_value: str
    b_value: str
    counts: str | None = None
    by: str | None = None

    @property
    def sentence(self) -> str:
        """Return it in words, for a terminal; its cells are as they were read."""
        counts = f"{self.counts} counts ({self.by})" if self.counts else "nobody can tell"
        sides = f"{self.a} states {self.a_value}, {self.b} {self.b_value}"
        return f"{self.field}: {sides}; {counts}"


@dataclass(frozen=True, slots=True)
class Decided:
    """What a person decided of a picture's finding.

    Attributes:
        image: Key of one of its rows, or an `image_id`.
        value: The finding, in our words.
        by: Who decided.
    """

    image: str
    value: str
    by: str


_TABLE = Table(Conflict, f"datasets/{FILE}", error=ManifestError)
loads = _TABLE.loads


def dumps(conflicts: Iterable[Conflict]) -> str:
    """Write `conflicts.csv`, sorted."""
    return _TABLE.dumps(sorted(conflicts, key=lambda c: (c.field, c.a, c.b)))


def fresh(before: Iterable[Conflict], now: Iterable[Conflict]) -> list[Conflict]:
    """Return the conflicts that were not listed before with these values."""
    known = {(c.field, c.a, c.b, c.a_value, c.b_value) for c in before}
    return [c for c in now if (c.field, c.a, c.b, c.a_value, c.b_value) not in known]


def conflicts(
    records: Iterable[Record],
    order: Mapping[str, int],
    *,
    copies: Iterable[tuple[str, str]] = (),
    decided: Sequence[Decided] = (),
) -> list[Conflict]:
    """Return all conflicts among the rows, sorted by field and keys.

    Args:
        records: All rows.
        order: Rank of each source; lower is closer to the owner.
        copies: Keys of confirmed copies beyond what `duplicate_of` says; no parts.
        decided: What people decided of findings.
    """
    found: list[Conflict] = []
    for rows in exposures(records, copies):
        for field in FIELDS:
            found += _of_field(rows, field, order, decided)
    return sorted(found, key=lambda c: (c.field, c.a, c.b))


def _of_field(
    rows: Sequence[Record], field: str, order: Mapping[str, int], decided: Sequence[Decided]
) -> Iterator[Conflict]:
    stating = [row for row in rows if value(row, field)]
    pairs = [(a, b) for a, b in combinations(stating, 2) if not BOTH_HOLD[field](a, b)]
    if not pairs:
        return
    counts, by = _counts(rows, stating, field, order, decided)
    for a, b in pairs:
        yield Conflict(
            field=field,
            a=a.key,
            b=b.key,
            a_value=value(a, field),
            b_value=value(b, field),
            counts=counts,
            by=by,
        )


def _counts(
    rows: Sequence[Record],
    stating: Sequence[Record],
    field: str,
    order: Mapping[str, int],
    decided: Sequence[Decided],
) -> tuple[str | None, str | None]:
    """Return the value that counts and whose it is; nothing where one source contradicts itself."""
    names = {name for row in rows for name in (row.key, row.image_id)}
    decisions = [one for one in decided if one.image in names] if field == "finding" else []
    if decisions:
        return decisions[-1].value, decisions[-1].by
    first = min(stating, key=lambda row: (rank(order, row.source), row.key))
    own = [row for row in stating if row.source == first.source]
    if any(not BOTH_HOLD[field](a, b) for a, b in combinations(own, 2)):
        return None, None
    best = min(own, key=lambda row: (row.duplicate_of is not None, row.key))
    return value(best, field), best.source


def in_doubt(records: Iterable[Record]) -> frozenset[str]:
    """Return the keys of rows whose finding is in doubt: their own source contradicts itself.

    Args:
        records: All rows of a collection or a release.
    """
    doubtful: set[str] = set()
    for rows in exposures(records):
        by_source: dict[str, list[Record]] = {}
        for row in rows:
            by_source.setdefault(row.source, []).append(row)
        kept = [row for row in rows if not row.duplicate_of] or list(rows[:1])
        own = [row for one in kept for row in by_source[one.source] if row.finding]
        if any(not BOTH_HOLD["finding"](a, b) for a, b in combinations(own, 2)):
            doubtful.update(row.key for row in rows)
    return frozenset(doubtful)
