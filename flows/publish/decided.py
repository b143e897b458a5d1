"""Carry people's decisions about findings into a release, beside what the sources state."""

from collections.abc import Iterable, Sequence

from covid19_images.manifest.record import Record
from covid19_images.release.row import Row
from covid19_images.statements import decided
from flows.config.decisions import Finding


def dumps(rows: Sequence[Row], records: Iterable[Record], findings: Sequence[Finding]) -> str:
    """Write `decided.csv` of a release.

    Args:
        rows: Its manifest, with names as they are published.
        records: The collection's rows, which decisions name by key or image id.
        findings: What people decided, oldest first.
    """
    ids = {record.key: record.image_id for record in records} if findings else {}
    named = [(ids.get(one.image) or one.image, one) for one in findings]
    found = decided.of_rows(
        [row.record for row in rows],
        [(image, one.value, one.by, one.date) for image, one in named],
    )
    return decided.dumps(found)
