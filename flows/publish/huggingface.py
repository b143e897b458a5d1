"""Let Hugging Face open a release: a card that says what is data, and squares with labels by split.

    datasets.load_dataset("RELEASE")               # or ("RELEASE", "manifest"): the table alone

The squares are in the release already, without labels and by source; here they are once more, so
whether they are written is for the policy to say. They are of this release alone: labels and splits
in them never change afterwards. `covid19-images download` leaves them where they are.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from covid19_images.dataset.labels import UNKNOWN, label
from covid19_images.release import tar
from covid19_images.release.index import Index
from covid19_images.release.names import sized_name
from covid19_images.release.row import Row
from flows.publish import ReleaseError, citation

CARD = "README.md"
MANIFEST = "manifest.parquet"

Fetch = Callable[[str, str, Path], None]
"""Called with an earlier release, the name of a file in it, and where to put that."""

SIDES = ("train", "validation", "test")
_SIZE_PX = 224
_IN_A_FILE = 5000  # pictures; some 150 MB
_LABEL = label("covid")
_ABOUT = (
    "pretty_name: COVID-19 chest images",
    "license: other",
    "task_categories:",
    "- image-classification",
)
_WITH_SQUARES = (
    "`load_dataset` gives squares of 224 × 224 with their labels by split: `label` is COVID-19 or "
    "not, empty where nobody can say; `finding` has the words. The table is `manifest`."
)
_WITHOUT = "`load_dataset` gives the manifest; the pictures are in the shards (docs/releases.md)."
_MORE = (
    "The images belong to their owners, and each row has its licence. card.md says what is in the "
    "release, what is missing, and what may mislead; CITATION.cff whom to cite."
)
_TEXTS = (
    "image_id",
    "source",
    "key",
    "patient_id",
    "group",
    "modality",
    "view",
    "label_basis",
    "licence",
)


def write(
    folder: Path, index: Index, found: Sequence[Row], fetch: Fetch, *, squares: bool, warning: str
) -> list[str]:
    """Write the card, and the squares if they are wanted.

    Args:
        folder: Where the release lies, with the shards that are new.
        index: What it is.
        found: Its manifest.
        fetch: Gets shards of earlier releases.
        squares: Whether pictures are written.
        warning: What the collection may not be used for.

    Returns:
        The names of the files.
    """
    parts = dict(_parts(found)) if squares else {}
    shards = Squares(folder, index, fetch)
    for name, some in parts.items():
        write_squares(folder / name, some, shards)
    shards.forget()
    (folder / CARD).write_text(_card(index, list(parts), warning), encoding="utf-8", newline="\n")
    return [CARD, *parts]


def _parts(found: Sequence[Row]) -> Iterator[tuple[str, Sequence[Row]]]:
    """Yield the files with their rows; a split without pictures has none."""
    for side in SIDES:
        rows = [row for row in found if is_given(row) and row.record.split == side]
        rows.sort(key=lambda row: (row.record.image_id or "", row.record.key))
        for number, at in enumerate(range(0, len(rows), _IN_A_FILE)):
            yield f"{side}-{number:05d}.parquet", rows[at : at + _IN_A_FILE]


def is_given(row: Row) -> bool:
    """Return whether a row has a square of its own."""
    record = row.record
    return record.status == "active" and not record.duplicate_of and row.shard is not None


class Squares:
    """The shards of squares, new ones in the folder and earlier ones fetched beside them."""

    def __init__(self, folder: Path, index: Index, fetch: Fetch) -> None:
        """Keep where shards are; nothing is fetched yet."""
        self._folder, self._version, self._fetch = folder, index.version, fetch
        self._places = {shard.name: shard.first_published for shard in index.shards}
        self._fetched: dict[str, Path] = {}

    def square(self, row: Row) -> bytes:
        """Return the square of a row as PNG; of a volume the slice in the middle."""
        name = sized_name(row.shard or "", _SIZE_PX)
        stem = (row.member or "").partition(".")[0]
        content = tar.read(self._file(name), f"{stem}.png")
        if content is None:
            raise ReleaseError(f"{name} has no square of {row.record.key}. Nothing was published.")
        return content

    def _file(self, name: str) -> Path:
        if self._places[name] == self._version:
            return self._folder / name
        if name not in self._fetched:
            to = self._folder / f".earlier-{name}"
            self._fetch(self._places[name], name, to)
            self._fetched[name] = to
        return self._fetched[name]

    def forget(self) -> None:
        """Remove what was fetched."""
        for file in self._fetched.values():
            file.unlink()


def write_squares(file: Path, rows: Sequence[Row], shards: Squares) -> None:
    """Write squares with their labels as Parquet: the same bytes for the same rows."""
    image = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    pictures = [{"bytes": shards.square(r), "path": f"{r.record.image_id}.png"} for r in rows]
    targets = [_LABEL.target(row.record) for row in rows]
    columns = {
        "image": pa.array(pictures, image),
        "label": pa.array([None if t == UNKNOWN else t for t in targets], pa.int64()),
        "finding": pa.array([list(row.record.finding) for row in rows], pa.list_(pa.string())),
    }
    for name in _TEXTS:
        columns[name] = pa.array([getattr(row.record, name) for row in rows], pa.string())
    info = json.dumps({"info": {"features": _features()}})
    table = pa.table(columns).replace_schema_metadata({"huggingface": info})
    pq.write_table(table, file, row_group_size=100)  # small: a viewer reads one at a time


def _features() -> dict[str, Any]:
    text = {"dtype": "string", "_type": "Value"}
    return {
        "image": {"_type": "Image"},
        "label": {"names": list(_LABEL.classes), "_type": "ClassLabel"},
        "finding": {"feature": text, "_type": "List"},
        **dict.fromkeys(_TEXTS, text),
    }


def _card(index: Index, files: Sequence[str], warning: str) -> str:
    """Write the card; without `configs` every file of the release would be taken for data."""
    by_split: list[str] = []
    for side in SIDES:
        of_side = [name for name in files if name.startswith(f"{side}-")]
        if of_side:
            by_split += [f"  - split: {side}", "    path:", *(f"    - {n}" for n in of_side)]
    default = ["- config_name: default", "  data_files:", *by_split] if by_split else []
    table = ["- config_name: manifest", *([] if by_split else ["  default: true"])]
    configs = [*default, *table, f"  data_files: {MANIFEST}"]
    about = _WITH_SQUARES if by_split else _WITHOUT
    head = ["---", *_ABOUT, "configs:", *configs, "---"]
    title = f"# COVID-19 chest images, release {index.version}"
    more = " ".join(filter(None, [_MORE, citation.words(index)]))
    return "\n".join(head) + f"\n\n{title}\n\n> {warning}\n\n{about}\n{more}\n"
