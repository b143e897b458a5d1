"""Write Parquet for Hugging Face: pictures embedded, each split in files of its own.

A `metadata.csv` beside class folders would put every row into every split, and writing local files
with `to_parquet` stores their paths. Here the bytes are in the file.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from covid19_images.dataset.arguments import SelectionError
from covid19_images.dataset.organize import rows
from covid19_images.dataset.selection import Selection
from covid19_images.download.squares import Say
from covid19_images.images.write_png import write_png
from covid19_images.manifest import whole
from covid19_images.manifest.inside import below

IN_A_FILE = 5000  # pictures; some 150 MB at 224 pixels
_TEXT = {"dtype": "string", "_type": "Value"}


def write(chosen: Selection, folder: Path, say: Say, *, link: bool = False) -> None:
    """Write data/SPLIT-00000-of-00002.parquet; files that are there stay."""
    del link  # Parquet holds its pictures itself
    done = 0
    for split in chosen.splits:
        parts = list(_parts(rows.indices_of_split(chosen, split)))
        for number, part in enumerate(parts):
            file = below(folder, f"data/{split}-{number:05d}-of-{len(parts):05d}.parquet")
            if not file.exists():
                whole.write(file, _parquet(chosen, part))
            done += len(part)
            say(f"Writing {folder.name}", done, len(chosen))


def _parts(indices: Sequence[int]) -> Iterator[Sequence[int]]:
    for at in range(0, len(indices), IN_A_FILE):
        yield indices[at : at + IN_A_FILE]


def _features(chosen: Selection) -> dict[str, Any]:
    label: dict[str, Any] = _TEXT
    if chosen.label.several:
        value = {"dtype": "float32", "_type": "Value"}
        label = {"feature": value, "length": len(chosen.label.classes), "_type": "List"}
    elif chosen.label.classes:
        label = {"names": list(chosen.label.classes), "_type": "ClassLabel"}
    return {"image": {"_type": "Image"}, "label": label} | dict.fromkeys(rows.PLAIN, _TEXT)


def _parquet(chosen: Selection, part: Sequence[int]) -> bytes:
    try:
        import pyarrow as pa  # noqa: PLC0415
        import pyarrow.parquet as pq  # noqa: PLC0415
    except ModuleNotFoundError:
        raise SelectionError(
            "Parquet needs pyarrow, which is not installed. Nothing was written. Run "
            "`pip install 'covid19-images[huggingface]'`."
        ) from None
    columns_of_rows = [rows.cells(chosen, at) for at in part]
    kinds = {"several": pa.list_(pa.float32(), len(chosen.label.classes)), "one": pa.int64()}
    kind = kinds["several" if chosen.label.several else "one"]
    image = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    pictures = [
        {"bytes": write_png(chosen.plain(at)), "path": f"{chosen.records[at].image_id}.png"}
        for at in part
    ]
    columns = {
        "image": pa.array(pictures, image),
        "label": pa.array(
            [chosen.targets[at].tolist() for at in part],
            kind if chosen.label.classes else pa.string(),
        ),
    }
    columns |= {n: pa.array([row[n] for row in columns_of_rows], pa.string()) for n in rows.PLAIN}
    info = json.dumps({"info": {"features": _features(chosen)}})
    table = pa.table(columns).replace_schema_metadata({"huggingface": info})
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, row_group_size=100)  # small groups: the viewer reads one at a time
    return bytes(sink.getvalue())
