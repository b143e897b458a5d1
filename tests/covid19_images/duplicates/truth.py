"""The real upstream histories as engine items, and what is known about their pictures.

Pairs are named by dataset, path and blob; some blobs are only in the history, and get `#blob`
behind their path here.
"""

import csv
import io
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import chain
from multiprocessing import get_context
from pathlib import Path

import cv2

from covid19_images.duplicates import Features, Item, extract
from covid19_images.images.decode import read
from covid19_images.images.fingerprint import Fingerprint, fingerprint_and_grey
from covid19_images.images.refused import Refused
from tests.support.collection import SHARED

PAIRS = tuple(SHARED / "truth" / f"pairs_{kind}.csv" for kind in ("positive", "hard_negative"))
FOUND = Path(__file__).parent / "found_copies.csv"
SETS = ("covid-19-pos-case", "darshan", "figure1", "ieee8023")


@dataclass(frozen=True, slots=True)
class Known:
    """A pair that truth names: its keys, sorted, and what it is."""

    pair: tuple[str, str]
    kind: str


def items(folder: Path) -> list[Item]:
    """Read, decode and describe every picture of the four histories, on two cores."""
    work = [
        (name, folder / f"{name}.git", part)
        for name in SETS
        for part in _parts(_named(name, folder / f"{name}.git"))
    ]
    # Forking is not safe here: the test runner has threads.
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        return [item for some in pool.map(_describe, *zip(*work, strict=True)) for item in some]


def known(kind: str, held: list[Item]) -> list[Known]:
    """Read `pairs_<kind>.csv`."""
    by_blob: dict[str, list[str]] = defaultdict(list)
    for item in held:
        by_blob[item.blob].append(item.key)
    found = []
    for row in _rows(SHARED / "truth" / f"pairs_{kind}.csv"):
        keys = sorted(_key(row, side, by_blob) for side in "ab")
        found.append(Known((keys[0], keys[1]), row["kind"]))
    return found


def _key(row: dict[str, str], side: str, by_blob: dict[str, list[str]]) -> str:
    key, keys = f"{row[f'{side}_dataset']}/{row[f'{side}_path']}", by_blob[row[f"{side}_blob"]]
    return key if key in keys else keys[0]


def found_copies() -> list[tuple[str, str]]:
    """Read the copies that the engine found beyond truth, seen by eye."""
    return [
        (f"{row['a_dataset']}/{row['a_path']}", f"{row['b_dataset']}/{row['b_path']}")
        for row in _rows(FOUND)
    ]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def cloned(name: str, clone: Path) -> Path:
    """Clone an upstream's bundle, where that was not done yet."""
    bundle = SHARED / "upstreams" / f"{name}.bundle"
    if not clone.exists():
        subprocess.run(["git", "clone", "-q", "--bare", str(bundle), str(clone)], check=True)
    return clone


def _named(name: str, clone: Path) -> list[tuple[str, str]]:
    """Return key and blob of every file at the tip, and of those in the history in truth."""
    cloned(name, clone)
    named = {}
    for line in _git(clone, "ls-tree", "-r", "-z", "master").decode().split("\0")[:-1]:
        head, path = line.split("\t", 1)
        named[f"{name}/{path}"] = head.split()[2]
    tip, gone = set(named.values()), dict[str, str]()
    for row in chain.from_iterable(map(_rows, (*PAIRS, FOUND))):
        for side in "ab":
            blob = row[f"{side}_blob"]
            if row[f"{side}_dataset"] == name and blob not in tip:
                gone.setdefault(blob, f"{name}/{row[f'{side}_path']}#{blob[:8]}")
    return sorted([*named.items(), *((key, blob) for blob, key in gone.items())])


def _parts(named: list[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    for at in range(0, len(named), 100):
        yield named[at : at + 100]


def _git(clone: Path, *words: str, text: bytes = b"") -> bytes:
    return subprocess.run(
        ["git", "-C", str(clone), *words], input=text, capture_output=True, check=True
    ).stdout


def _describe(name: str, clone: Path, named: list[tuple[str, str]]) -> list[Item]:
    cv2.setNumThreads(1)
    stream = io.BytesIO(
        _git(clone, "cat-file", "--batch", text="\n".join(blob for _, blob in named).encode())
    )
    ct = _ct(clone) if name == "ieee8023" else set()
    found = []
    for key, blob in named:
        content = stream.read(int(stream.readline().split()[2]))
        stream.read(1)
        both = fingerprint_and_grey(content)
        if isinstance(both, Refused):
            continue
        path = key.split("/", 1)[1].split("#")[0]
        looks = "CT" if Path(path).name in ct else "XR"
        found.append(_item(key, name, blob, both[0], extract(both[1]), looks))
    return found


def painted(held: Item, clone: Path, colour_map: int) -> Item:
    """Paint a picture of a clone with a colour map, and describe it as a new file."""
    picture = read(_git(clone, "cat-file", "blob", held.blob))
    assert not isinstance(picture, Refused)
    colours = cv2.applyColorMap(picture.grey(), colour_map)
    both = fingerprint_and_grey(cv2.imencode(".png", colours)[1].tobytes())
    assert not isinstance(both, Refused)
    name = f"painted/{held.key}"
    return _item(name, "painted", "", both[0], extract(both[1]), held.modality or "XR")


def _item(
    key: str, source: str, blob: str, fingerprint: Fingerprint, features: Features, looks: str
) -> Item:
    return Item(
        key=key,
        source=source,
        blob=blob,
        sha256=fingerprint.sha256,
        pixels_sha256=fingerprint.pixels_sha256,
        phash=fingerprint.phash,
        width=fingerprint.width,
        height=fingerprint.height,
        bit_depth=fingerprint.bit_depth,
        quality=fingerprint.quality,
        modality=fingerprint.headers.modality or looks,
        patient_id=fingerprint.headers.patient,
        series_id=fingerprint.headers.series,
        features=features,
    )


def _ct(clone: Path) -> set[str]:
    table = _git(clone, "show", "master:metadata.csv").decode("utf-8", "replace")
    rows = csv.DictReader(io.StringIO(table))
    return {row["filename"] for row in rows if row["modality"] == "CT"}
