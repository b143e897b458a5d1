"""Name in a proposal the sources whose rows became shards, or one CSV again."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from covid19_images.manifest.record import Record
from flows.collection import manifest_files
from flows.collection.manifest_files import Manifests
from flows.text.escape import code
from flows.text.plural import plural


@dataclass(frozen=True, slots=True)
class Form:
    """A source whose rows are in other files than before.

    Attributes:
        source: Its name.
        rows: How many it has.
        in_shards: Whether they are shards now.
    """

    source: str
    rows: int
    in_shards: bool


def report_forms(
    before: Manifests,
    rows: Mapping[str, Sequence[Record]],
    files: Mapping[str, bytes | None],
) -> tuple[Form, ...]:
    """Return the sources whose rows are in other files than before.

    Args:
        before: The base.
        rows: The rows of each source now.
        files: What is written, by path; `None` deletes.
    """
    return tuple(_forms(before, rows, files))


def _forms(
    before: Manifests,
    rows: Mapping[str, Sequence[Record]],
    files: Mapping[str, bytes | None],
) -> Iterator[Form]:
    for source in sorted(rows):
        was = source in before.shards
        if not was and files.get(manifest_files.index_path(source)):
            yield Form(source, len(rows[source]), in_shards=True)
        elif was and files.get(manifest_files.csv_path(source)):
            yield Form(source, len(rows[source]), in_shards=False)


def section(forms: Iterable[Form], *, level: int) -> str:
    """Write what is said of them in Markdown; empty where there are none.

    Args:
        forms: The sources.
        level: Level of the heading.
    """
    lines = list(map(_line, forms))
    return "\n".join([f"{'#' * level} Files of the manifest", "", *lines, ""]) if lines else ""


def _line(form: Form) -> str:
    rows = plural(form.rows, "rows")
    if form.in_shards:
        folder = code(f"{manifest_files.FOLDER}/{form.source}/")
        return (
            f"- {code(form.source)} has {rows}: they are Parquet files in {folder} from now on. "
            "Its other changes are listed as ever."
        )
    file = code(manifest_files.csv_path(form.source))
    return f"- {code(form.source)} has {rows}: they are in {file} again."
