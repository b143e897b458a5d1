"""Carry people's decisions about findings into a release, beside what the sources state."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from covid19_images.manifest.record import Record
from covid19_images.manifest.statements import decided
from covid19_images.manifest.statements.carried import carried
from covid19_images.manifest.statements.decided import DecidedFinding
from covid19_images.release.row import Row
from flows.config.decisions import Finding


def dumps(rows: Sequence[Row], records: Iterable[Record], findings: Sequence[Finding]) -> str:
    """Write `decided.csv` of a release.

    Args:
        rows: Its manifest, with names as they are published.
        records: The collection's rows, which decisions name by key or image id.
        findings: What people decided, oldest first.
    """
    return decided.dumps(_of_rows(rows, records, findings))


def as_loaders_give(
    rows: Sequence[Row], records: Iterable[Record], findings: Sequence[Finding]
) -> list[Row]:
    """Return the rows with the values that count, as loaders give them: what an audit looks at.

    Args:
        rows: The release's manifest, with names as they are published.
        records: The collection's rows, which decisions name by key or image id.
        findings: What people decided, oldest first.
    """
    people = {one.key: one for one in _of_rows(rows, records, findings)}
    carry = carried([row.record for row in rows], people)
    return [replace(row, record=carry.get(row.record.key, row.record)) for row in rows]


def _of_rows(
    rows: Sequence[Row], records: Iterable[Record], findings: Sequence[Finding]
) -> list[DecidedFinding]:
    ids = {record.key: record.image_id for record in records} if findings else {}
    named = [(ids.get(one.image) or one.image, one) for one in findings]
    return decided.of_rows(
        [row.record for row in rows],
        [(image, one.value, one.by, one.date) for image, one in named],
    )
