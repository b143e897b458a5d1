"""Whatever is changed in a signed release, in a copy or where it is published, is noticed."""

import datetime as dt
import hashlib
import json
import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from covid19_images.download import lock
from covid19_images.download.copy import LocalCopyError
from covid19_images.download.download import download
from covid19_images.download.errors import ReleaseTroubleError
from covid19_images.download.request import Request
from covid19_images.download.stream import open_stream
from covid19_images.download.verify import verify
from covid19_images.release import envelope as envelopes
from covid19_images.release import proof
from covid19_images.release.index import INDEX, MANIFEST, PROOF, REGISTRY, SUMS, IndexFormatError
from covid19_images.release.proof import Sha, Subject
from flows.publish.doi import Dois
from tests.flows.night import test_masks as volumes
from tests.support.collection import NOW, Collection
from tests.support.releases import release
from tests.support.signing import contents, signer
from tests.support.upstream import Upstream

OLD, NEW = "2026.11.23", "2026.11.24"
_OURS = {"checked.json", "selection.json", lock.FILE}  # a copy's own notes, no part of a release
_NOTICED = (ReleaseTroubleError, LocalCopyError, IndexFormatError)
ALWAYS, MANY = 40, 1_000
TABLES = ("volumes.csv", "slices.csv", "masks.csv", "members.csv")
BESIDE = ("masks.tar", "conflicts.csv", "decided.csv", "croissant.json", "CITATION.cff", PROOF)


@dataclass(frozen=True)
class Place:
    """A folder with a release, and an older release beside it."""

    folder: Path
    older: Path
    files: dict[Path, bytes]

    def file(self, name: str) -> Path:
        return next(path for path in self.files if path.name == name)

    def restore(self) -> None:
        for path in self.folder.rglob("*"):
            if path.is_file() and path not in self.files:
                path.unlink()
        for path, content in self.files.items():
            if not path.is_file() or path.read_bytes() != content:
                path.write_bytes(content)


class Citable:
    """A target that reserves a DOI, and has everything already."""

    name, reserves = "record", True

    def plan(self, published: Sequence[str]) -> Sequence[str]:
        return ()

    def reserve(self, version: str, say: object) -> Dois:
        return Dois("10.5072/zenodo.7", "10.5072/zenodo.6")

    def withdraw(self, index: object) -> Sequence[str]:
        return ()

    transfer = verify = commit = withdraw


@pytest.fixture(scope="module")
def places(world: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Place]:
    """A copy of a signed release, and the place where it is published."""
    folder = tmp_path_factory.mktemp("flips")
    shutil.copytree(world / "collection", folder / "collection", symlinks=True)
    collection, releases = Collection(folder / "collection"), folder / "releases"
    upstream = Upstream(folder / "volumes.git")
    upstream.commit(volumes.files())
    collection.source("volumes", volumes.TOML.format_map(volumes._Url(upstream.url)))
    collection.night()
    collection.merge()
    release(collection, releases, signer=signer(1))
    gone = '[[exclude]]\nimage = "films/images/0.png"\nreason = "owner"\nby = "me"\n'
    (collection.folder / "config" / "decisions.toml").write_text(gone + "date = 2026-11-24\n")
    later = NOW + dt.timedelta(days=1)
    release(collection, releases, now=later, signer=signer(1), targets=[Citable()])
    for version in (OLD, NEW):  # one folder each, so that every file is somewhere
        download(folder / version, version=version, request=Request(origin=str(releases)))
    copy = {path: text for path, text in contents(folder / NEW).items() if path.name not in _OURS}
    shutil.copytree(releases, folder / "streamed")
    published = releases / NEW
    fetched = {path.name for path in copy}
    there = {p: text for p, text in contents(published).items() if p.name in fetched}
    return {
        "copy": Place(folder / NEW, folder / OLD, copy),
        "published": Place(published, releases / OLD, there),
    }


def a_byte(place: Place, chance: random.Random) -> None:
    path = chance.choice(sorted(path for path in place.files if path.stat().st_size))
    content = bytearray(path.read_bytes())
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    path.write_bytes(content)


def a_row(place: Place, chance: random.Random) -> None:
    """Take one away, or move it, and make all checksums fit."""
    lines = place.file(MANIFEST).read_text().splitlines(keepends=True)
    gone = lines.pop(chance.randrange(1, len(lines)))
    if chance.random() < 0.3:
        lines += [gone, gone]
    _rewrite(place, MANIFEST, "".join(lines), chance)


def a_row_of_another_table(place: Place, chance: random.Random) -> None:
    name = chance.choice(TABLES)
    lines = place.file(name).read_text().splitlines(keepends=True)
    lines.append(lines.pop(chance.randrange(len(lines) - 1)))
    _rewrite(place, name, "".join(lines), chance)


def a_doi(place: Place, chance: random.Random) -> None:
    name = chance.choice([INDEX, "CITATION.cff", "croissant.json", "datapackage.json"])
    path = place.file(name)
    path.write_text(path.read_text().replace("10.5072/zenodo.7", "10.5072/zenodo.8"))


def a_cell(words: tuple[str, ...]) -> Callable[[Place, random.Random], None]:
    def change(place: Place, chance: random.Random) -> None:
        text = place.file(MANIFEST).read_text()
        lines = text.splitlines(keepends=True)
        at = chance.randrange(1, len(lines))
        cells = lines[at].split(",")
        column = chance.choice([lines[0].strip().split(",").index(word) for word in words])
        cells[column] = {"train": "test", "test": "train"}.get(cells[column], "Pneumonia")
        if words == ("split",) and cells[column] == "Pneumonia":
            cells[column] = "train"
        if ",".join(cells) == lines[at]:
            cells[column] = "validation"
        lines[at] = ",".join(cells)
        _rewrite(place, MANIFEST, "".join(lines), chance)

    return change


def a_digest(place: Place, chance: random.Random) -> None:
    path = place.file(chance.choice([INDEX, SUMS, REGISTRY, PROOF, "members.csv"]))
    text = path.read_text()
    if path.name == PROOF:
        values = json.loads(text)
        values["payload"] = values["payload"][:-8] + "AAAA" + values["payload"][-4:]
        path.write_text(json.dumps(values))
        return
    runs = [at for at in range(len(text) - 40) if text[at : at + 40].isalnum()]
    at = chance.choice(runs) + chance.randrange(40)
    other = "0" if text[at] != "0" else "1"
    path.write_text(text[:at] + other + text[at + 1 :])


def an_older_file(place: Place, chance: random.Random) -> None:
    older = {path.name: path for path in place.older.rglob("*") if path.is_file()}
    differ = [
        path
        for path, content in place.files.items()
        if path.name in older and older[path.name].read_bytes() != content
    ]
    path = chance.choice(sorted(differ))
    shutil.copyfile(older[path.name], path)


def a_file_gone(place: Place, chance: random.Random) -> None:
    chance.choice(sorted(path for path in place.files if path.name != "trusted.json")).unlink()


def a_statement_of_somebody_else(place: Place, chance: random.Random) -> None:
    """Change a label, and sign all of it anew with another key, or with none."""
    text = place.file(MANIFEST).read_text().replace("train", "test", 1)
    text = text if text != place.files[place.file(MANIFEST)].decode() else f"{text}\n"
    _rewrite(place, MANIFEST, text, chance, seeds=chance.choice([(), (2,)]))


KINDS: dict[str, Callable[[Place, random.Random], None]] = {
    "byte": a_byte,
    "row": a_row,
    "table": a_row_of_another_table,
    "doi": a_doi,
    "label": a_cell(("finding", "view", "licence")),
    "split": a_cell(("split",)),
    "digest": a_digest,
    "older": an_older_file,
    "gone": a_file_gone,
    "signed": a_statement_of_somebody_else,
}


def _rewrite(
    place: Place, name: str, text: str, chance: random.Random, seeds: tuple[int, ...] | None = None
) -> None:
    """Write a file, and in most cases everything that vouches for it, but the signature."""
    path, index = place.file(name), place.file(INDEX)
    old = [hashlib.sha256(place.files[one]).hexdigest() for one in (path, index)]
    path.write_text(text)
    if seeds is None and chance.random() < 0.3:
        return  # nobody took the trouble
    sizes = (f'"size":{len(place.files[path])}', f'"size":{len(text.encode())}')
    new = hashlib.sha256(text.encode()).hexdigest()
    content = index.read_text().replace(old[0], new).replace(*sizes)
    listed = json.loads(content)
    for one in listed["files"]:
        if one["name"] == name:
            one["size"] = len(text.encode())
    index.write_text(json.dumps(listed))
    digests = {old[0]: new, old[1]: hashlib.sha256(index.read_bytes()).hexdigest()}
    for other in (REGISTRY, SUMS):
        words = place.file(other).read_text()
        for before, after in digests.items():
            words = words.replace(before, after)
        place.file(other).write_text(words)
    if seeds is not None:
        _sign(place, seeds)


def _sign(place: Place, seeds: tuple[int, ...]) -> None:
    path = place.file(PROOF)
    read = proof.loads(envelopes.loads(path.read_bytes()).content)
    here = {one.name: hashlib.sha256(one.read_bytes()).hexdigest() for one in place.files}
    subject = tuple(
        Subject(name=one.name, digest=Sha(sha256=here.get(one.name, one.digest.sha256)))
        for one in read.subject
    )
    forged = read.model_copy(update={"subject": subject})
    path.write_text(signer(*seeds).seal(forged.dumps().encode()).dumps())
    place.file(SUMS).write_text(proof.sums(forged, path.read_bytes()))


def _is_noticed_in_a_copy(place: Place) -> bool:
    try:
        return not verify(place.folder).is_good
    except _NOTICED:
        return True


def _is_refused(place: Place, folder: Path, trusted: bytes) -> bool:
    """Download into an empty folder that trusts the key already."""
    folder.mkdir()
    (folder / "trusted.json").write_bytes(trusted)
    try:
        download(folder, version=NEW, request=Request(origin=str(place.folder)), backoff_s=0)
    except _NOTICED:
        return not (folder / INDEX).exists()
    return False


def _flips(count: int, seed: int) -> Iterator[tuple[str, random.Random]]:
    names = sorted(KINDS)
    for at in range(count):
        yield names[at % len(names)], random.Random(seed * 100_000 + at)


def _in_copies(places: dict[str, Place], count: int) -> list[str]:
    place, unnoticed = places["copy"], []
    for at, (kind, chance) in enumerate(_flips(count, 1)):
        KINDS[kind](place, chance)
        if not _is_noticed_in_a_copy(place):
            unnoticed.append(f"{kind} {at}")
        place.restore()
    return unnoticed


def _where_published(places: dict[str, Place], count: int, scratch: Path) -> list[str]:
    place, unnoticed = places["published"], []
    trusted = places["copy"].file("trusted.json").read_bytes()
    for at, (kind, chance) in enumerate(_flips(count, 2)):
        KINDS[kind](place, chance)
        if not _is_refused(place, scratch / str(at), trusted):
            unnoticed.append(f"{kind} {at}")
        place.restore()
        shutil.rmtree(scratch / str(at))
    return unnoticed


def test_every_change_in_a_copy_is_noticed(places: dict[str, Place]) -> None:
    assert verify(places["copy"].folder).is_good
    assert not _in_copies(places, ALWAYS)
    assert verify(places["copy"].folder).is_good


def test_no_release_that_was_changed_is_taken(places: dict[str, Place], tmp_path: Path) -> None:
    assert not _where_published(places, ALWAYS // 2, tmp_path)


def test_a_byte_of_any_file_of_a_copy_is_noticed(places: dict[str, Place]) -> None:
    place, chance = places["copy"], random.Random(3)
    assert {*TABLES, *BESIDE} <= {path.name for path in place.files}
    assert "10.5072/zenodo.7" in place.file(INDEX).read_text()
    for path, content in sorted(place.files.items()):
        if content:
            at = chance.randrange(len(content))
            path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
            assert _is_noticed_in_a_copy(place), path
            path.write_bytes(content)


def test_a_byte_of_what_a_stream_reads_is_noticed(
    places: dict[str, Place], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    releases, chance = places["copy"].folder.parent / "streamed", random.Random(4)
    names = [INDEX, SUMS, PROOF, f"{MANIFEST}.gz", "spans-images.csv.gz", "conflicts.csv"]
    for name in names:
        monkeypatch.setenv("COVID19_IMAGES_CACHE", str(tmp_path / name))
        file = releases / NEW / name
        content = file.read_bytes()
        at = chance.randrange(len(content))
        file.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        with pytest.raises(_NOTICED):
            open_stream(str(releases), NEW, backoff_s=0)
        file.write_bytes(content)
    assert open_stream(str(releases), NEW).index.doi == "10.5072/zenodo.7"


@pytest.mark.slow
def test_a_thousand_changes_are_noticed(places: dict[str, Place], tmp_path: Path) -> None:
    assert not _in_copies(places, MANY // 2)
    assert not _where_published(places, MANY // 2, tmp_path)
