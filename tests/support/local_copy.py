"""A small local copy of a release, as one is downloaded: three sources, every kind of file."""

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from covid19_images.download.copy import LocalCopy, open_copy
from covid19_images.images.sizes import SIZES_PX
from covid19_images.manifest.record import Record
from covid19_images.release import packed
from covid19_images.release.index import SourceEntry
from covid19_images.release.row import Row
from covid19_images.release.spans import dumps, of_shard, spans_name
from flows.publish.image.process import Processed, beside, members, process
from flows.publish.shards import LAYERS
from tests.covid19_images.download.copies import VERSION, record, small_file, write_copy
from tests.covid19_images.images.formats.files import dicom, encode_deep, nifti
from tests.support.pictures import encoded
from tests.support.scans import scans

SIDES = ("train",) * 7 + ("validation",) + ("test",) * 2
KINDS = ("grey8.png", "grey16.png", "rgba.png", "palette.png", "slice.dcm", "volume.nii")


def lungs(seed: int, *, ill: bool, size: tuple[int, int] = (300, 260)) -> NDArray[np.uint8]:
    """Draw a picture whose class can be learnt: the ill have a bright patch at one place."""
    random = np.random.default_rng(seed)
    coarse = random.integers(40, 140, (9, 8), dtype=np.uint8)
    grey = cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC)
    if ill:
        cv2.ellipse(grey, (size[0] // 3, size[1] * 2 // 3), (45, 35), 0, 0, 360, 230, -1)
    return np.asarray(grey, np.uint8)


def every_kind() -> dict[str, bytes]:
    """Write one picture as each kind of file."""
    grey = lungs(900, ill=True)
    picture = Image.fromarray(grey)
    deep = grey.astype(np.uint16) * 17 + 300
    rgba = np.dstack([grey, grey, grey, np.full_like(grey, 128)])
    return {
        "grey8.png": encoded(picture),
        "grey16.png": encode_deep(deep, ".png"),
        "rgba.png": encoded(Image.fromarray(rgba)),
        "palette.png": encoded(picture.convert("P")),
        "slice.dcm": dicom(deep + 5),
        "volume.nii": nifti(np.stack([grey.T, grey.T[::-1], grey.T[:, ::-1]], axis=-1)),
    }


@cache
def _of_the_journal(at: int) -> tuple[Record, bytes]:
    ill = at % 2 == 0
    content = encoded(Image.fromarray(lungs(at, ill=ill)))
    return (
        record(
            f"images/{at:03}.png",
            content,
            source="journal",
            modality="XR",
            view="PA",
            finding=("COVID-19",) if ill else ("No finding",),
            split=SIDES[at // 2 % 10],
            licence="CC-BY-4.0",
            patient_id=f"journal/{at}",
        ),
        content,
    )


@cache
def _processed(content: bytes, image_id: str) -> Processed:
    made = process(content, image_id)
    assert isinstance(made, Processed)
    return made


def _files(count: int) -> Iterator[tuple[Record, bytes]]:
    yield from map(_of_the_journal, range(count))
    for name, content in every_kind().items():
        modality = "CT" if name.startswith(("slice", "volume")) else "CR"
        yield (
            record(
                name,
                content,
                source="kinds",
                modality=modality,
                finding=("COVID-19",),
                split="test",
                licence="CC-BY-4.0",
            ),
            content,
        )


def rows_without_pictures() -> list[Record]:
    """Describe rows that loaders must leave out, each for a reason of its own."""
    content = encoded(Image.fromarray(lungs(500, ill=True)))
    plain = {"source": "others", "modality": "XR", "finding": ("COVID-19",), "split": "train"}
    return [
        record(
            "copy.png",
            content,
            **plain | {"duplicate_of": "journal/images/000.png", "duplicate_kind": "resized"},
        ),
        record("away.png", encoded(Image.fromarray(lungs(501, ill=True))), **plain),
        record(
            "untold.png", encoded(Image.fromarray(lungs(502, ill=True))), **plain | {"finding": ()}
        ),
        record(
            "out.png",
            encoded(Image.fromarray(lungs(503, ill=True))),
            **plain | {"status": "quarantined", "status_reason": "x", "split": "none"},
        ),
    ]


def make(folder: Path, *, count: int = 40, ready: bool = True, volumes: int = 0) -> LocalCopy:
    """Lay a local copy into a folder.

    Args:
        folder: Where to.
        count: Pictures of the source `journal`, half of them ill.
        ready: Whether the squares are there, or only the images themselves.
        volumes: Scans with their lungs outlined, of the source `scans`.
    """
    drawn = scans(volumes)
    found: list[Row] = []
    shards: dict[str, dict[str, bytes]] = {}
    for row, content in [*_files(count), *drawn.pictures]:
        made = _processed(content, str(row.image_id))
        shard = f"images-{row.source}-00000.tar"
        _pack(shards, row.source, made, SIZES_PX if ready else ())
        found.append(_row(row, shard=shard, member=made.member))
    found += [_row(row) for row in rows_without_pictures()]
    write_copy(folder, found, shards, drawn.tables)
    return open_copy(folder)


def _pack(
    shards: dict[str, dict[str, bytes]], source: str, made: Processed, sizes: Iterable[int]
) -> None:
    for layer in ("images", *(f"sized{size}" for size in sizes)):
        shard = shards.setdefault(f"{layer}-{source}-00000.tar", {})
        for frame in made.frames:
            shard |= dict(members(frame, layer, beside(frame, {})))


def _row(values: Record, **cells: str) -> Row:
    plain = {"commit": "c", "added_in": VERSION, "changed_in": VERSION}
    ship = "shard" in cells
    return Row(record=replace(values), redistributable=ship, **(plain | cells))  # type: ignore[arg-type]


def _spans(place: Path, copy: LocalCopy) -> list[Path]:
    """Write where each picture stands in its shard, and pack tables, as a release does."""
    for layer in LAYERS:
        shards = [shard.name for shard in copy.index.shards if shard.layer == layer]
        found = [span for name in shards for span in of_shard(place / name, name, layer)]
        (place / spans_name(layer)).write_text(dumps(found), encoding="utf-8", newline="\n")
    plain = [*(place / spans_name(layer) for layer in LAYERS), place / "manifest.csv"]
    packs = [file.with_name(f"{file.name}{packed.ENDING}") for file in plain]
    for file, pack in zip(plain, packs, strict=True):
        pack.write_bytes(packed.pack(file.read_bytes()))
    return [*plain[:-1], *packs]


def publish(copy: LocalCopy, folder: Path) -> Path:
    """Lay a copy out as a folder of releases, with everything a download checks."""
    place = folder / copy.version
    place.mkdir(parents=True)
    small = ["manifest.csv", *(file.name for file in copy.index.files)]
    listed = tuple(small_file(name, (copy.folder / name).read_bytes()) for name in small)
    files = [*(copy.folder / name for name in small), *sorted((copy.folder / "shards").iterdir())]
    for file in files:
        shutil.copy(file, place)
    sources = tuple(
        SourceEntry(
            name=name,
            title=name,
            owner="x",
            url="https://example.org",
            commit="c",
            licence="CC-BY-4.0",
            shipped=1,
            pointers=0,
        )
        for name in sorted({r.source for r in copy.records})
    )
    index = copy.index.model_copy(update={"files": listed, "sources": sources})
    (place / "index.json").write_text(index.dumps(), encoding="utf-8", newline="\n")
    names = [*files, place / "index.json", *_spans(place, copy)]
    sums = [f"{sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in names]
    (place / "SHA256SUMS").write_text("".join(sums), encoding="ascii", newline="\n")
    return folder
