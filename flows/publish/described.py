"""The manifest as Parquet, and a release described for programs: Croissant and a data package."""

from collections.abc import Sequence
from pathlib import Path

from covid19_images.release.index import MANIFEST, Index, SmallFile
from covid19_images.release.proof import Predicate
from covid19_images.release.row import Row
from flows.proposal.markdown import WARNING
from flows.publish import datapackage, parquet
from flows.publish.checksums import small_file
from flows.publish.croissant import croissant


def write(
    folder: Path,
    index: Index,
    found: Sequence[Row],
    others: Sequence[SmallFile],
    made: Predicate,
    base_url: str | None,
) -> list[SmallFile]:
    """Write the table and what describes it; return the files.

    Args:
        folder: Where they go.
        index: What the release is.
        found: Its manifest.
        others: The small files that are there already, the manifest among them.
        made: What its statement says it is made from.
        base_url: Where releases can be had, up to the version; `None` where nobody knows.
    """
    table = folder / "manifest.parquet"
    parquet.write(table, found)
    first = small_file(table)
    licences = sorted({row.record.licence or "NOASSERTION" for row in found if row.shard})
    [manifest] = [file for file in others if file.name == MANIFEST]
    texts = {
        "croissant.json": croissant(index, first, base_url, WARNING, licences, made),
        datapackage.NAME: datapackage.datapackage(index, manifest, licences),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    return [first, *(small_file(folder / name) for name in texts)]
