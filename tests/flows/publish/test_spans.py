"""A release says where each picture stands in its shards; of those it keeps, as before."""

import shutil
from hashlib import sha256
from pathlib import Path

import pytest

from covid19_images.release.index import Index, Layer, Shard
from covid19_images.release.spans import loads
from flows.publish import ReleaseError, spans
from flows.publish.select import Previous
from flows.publish.shards import LAYERS, layer_name, write_tar

FIRST, SECOND = "2026.11.23", "2026.11.24"


def written(folder: Path, version: str, number: int) -> list[Shard]:
    """Write a shard in all layers, with two pictures and what is beside them."""
    folder.mkdir(exist_ok=True)
    shards = []
    for layer in LAYERS:
        name = layer_name(f"images-set-{number:05d}.tar", layer)
        stems = [f"c19-{number:08d}{at:08d}" for at in range(2)]
        pictures = [(f"{s}.png", f"{layer}{s}".encode()) for s in stems]
        file = write_tar(folder / name, [*((f"{s}.json", b"{}") for s in stems), *pictures])
        shards.append(shard(layer, file.name, file.size, file.sha256, version))
    return shards


def shard(layer: Layer, name: str, size: int, digest: str, version: str) -> Shard:
    return Shard(
        name=name,
        layer=layer,
        source="set",
        images=2,
        size=size,
        sha256=digest,
        first_published=version,
    )


def release(folder: Path, version: str, previous: Previous | None, shards: list[Shard]) -> Index:
    """Write a release into a folder of releases, and return what was fetched for it."""
    index = Index(version=version, shards=tuple(shards))
    names = spans.write(folder / version, index, previous, fetching(folder, []))
    sums = [f"{sha256((folder / version / n).read_bytes()).hexdigest()}  {n}\n" for n in names]
    (folder / version / "SHA256SUMS").write_text("".join(sums), encoding="ascii")
    return index


def fetching(folder: Path, asked: list[str]):
    def fetch(version: str, name: str, to: Path) -> None:
        asked.append(name)
        shutil.copyfile(folder / version / name, to)

    return fetch


@pytest.fixture
def first(tmp_path: Path) -> Index:
    return release(tmp_path, FIRST, None, written(tmp_path / FIRST, FIRST, 0))


def test_each_picture_is_found_where_it_is_said_to_be(tmp_path: Path, first: Index) -> None:
    for layer in LAYERS:
        found = loads((tmp_path / FIRST / f"spans-{layer}.csv").read_text())
        pictures = [span for span in found if span.member.endswith(".png")]
        assert [one.member for one in pictures] == [f"c19-00000000{at:08d}.png" for at in range(2)]
        beside = [span.member for span in found if span not in pictures]
        assert len(beside) == (2 if layer == "images" else 0)  # the scale of slices' values
        for span in pictures:
            content = (tmp_path / FIRST / span.shard).read_bytes()[span.offset :][: span.size]
            assert content == f"{layer}{span.member[:-4]}".encode()
            assert sha256(content).hexdigest() == span.sha256


@pytest.mark.parametrize("known", [True, False], ids=["said before", "never said before"])
def test_of_a_shard_that_is_kept_only_what_is_not_known_is_fetched(
    tmp_path: Path, first: Index, known: bool
) -> None:
    if not known:
        (tmp_path / FIRST / "SHA256SUMS").write_text("")
    new = written(tmp_path / SECOND, SECOND, 1)
    index = Index(version=SECOND, shards=(*first.shards, *new))
    asked: list[str] = []
    spans.write(tmp_path / SECOND, index, Previous(first), fetching(tmp_path, asked))
    found = loads((tmp_path / SECOND / "spans-images.csv").read_text())
    assert {span.shard for span in found} == {"images-set-00000.tar", "images-set-00001.tar"}
    assert any(name.endswith(".tar") for name in asked) is not known
    assert not list((tmp_path / SECOND).glob(".earlier-*"))


def test_an_earlier_file_that_was_changed_stops_the_release(tmp_path: Path, first: Index) -> None:
    file = tmp_path / FIRST / "spans-images.csv"
    file.write_bytes(file.read_bytes() + b"x")
    (tmp_path / SECOND).mkdir()
    index = Index(version=SECOND, shards=first.shards)
    with pytest.raises(ReleaseError, match="not what its SHA256SUMS says"):
        spans.write(tmp_path / SECOND, index, Previous(first), fetching(tmp_path, []))
