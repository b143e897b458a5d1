"""A release that is streamed: only what is used is read, all of it checked, and trouble is said."""

import datetime as dt
import pickle
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import covid19_images as c19
from covid19_images.dataset.arguments import SelectionError
from covid19_images.dataset.blocks import in_blocks
from covid19_images.download import ranges, small_files
from covid19_images.download.copy import LocalCopy, LocalCopyError
from covid19_images.download.download import download
from covid19_images.download.errors import MismatchError, RequestError, TransferError
from covid19_images.download.kept import room_bytes
from covid19_images.download.request import Request
from covid19_images.release.index import Tombstone
from covid19_images.release.index import loads as loads_index
from covid19_images.release.spans import Span, dumps, loads
from tests.covid19_images.download.copies import VERSION
from tests.support import local_copy
from tests.support.crossed import crossed
from tests.support.server import Site, serving

SHARD = "sized224-journal-00000.tar"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> LocalCopy:
    return local_copy.make(tmp_path_factory.mktemp("copy") / "made", count=40)


@pytest.fixture(scope="module")
def published(copy: LocalCopy, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = local_copy.publish(copy, tmp_path_factory.mktemp("published"))
    (folder / "latest.txt").write_text(f"{VERSION}\n", encoding="ascii")
    return folder


@pytest.fixture
def site(published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setenv("COVID19_IMAGES_CACHE", str(tmp_path / "cache"))
    with serving(published) as served:
        monkeypatch.setenv("COVID19_IMAGES_FROM", served.url)
        yield served


def of_shards(site: Site) -> int:
    return sum(sent for name, sent in site.sent.items() if name.endswith(".tar"))


@pytest.mark.parametrize("size", crossed([224, None, 512, 100], fast=2))
def test_streamed_pictures_are_those_of_a_copy(site: Site, copy: LocalCopy, size: int) -> None:
    streamed = c19.select("xray", size=size, stream=True)
    here = c19.select("xray", size=size, root=copy.folder)
    assert [r.key for r in streamed.records] == [r.key for r in here.records]
    assert (streamed.targets == here.targets).all()
    pairs = zip(streamed.several(range(len(streamed))), here.several(range(len(here))), strict=True)
    assert all(np.array_equal(one, other) for one, other in pairs)


def test_only_what_is_used_is_read_and_the_next_epoch_reads_nothing(site: Site) -> None:
    chosen = c19.select("xray", "train", stream=True)
    assert of_shards(site) == 0
    order = next(in_blocks(chosen, seed=3, neighbours=8))
    for at in range(0, len(order), 16):
        chosen.batch(order[at : at + 16])
    spans = loads((site.folder / VERSION / "spans-sized224.csv").read_text())
    members = {f"{record.image_id}.png" for record in chosen.records}
    used = sum(span.size for span in spans if span.member in members)
    assert used <= of_shards(site) <= 1.1 * used
    before = of_shards(site)
    c19.select("xray", "train", stream=True).batch(order)
    assert of_shards(site) == before


def test_what_is_kept_is_bounded(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("covid19_images.download.stream.room_bytes", lambda: 400_000)
    chosen = c19.select("xray", stream=True)
    for _ in chosen.several(range(len(chosen))):
        pass
    kept = list((tmp_path / "cache").rglob("members/??/*"))
    assert 0 < sum(file.stat().st_size for file in kept) <= 400_000
    assert len(kept) < len(chosen)


@pytest.mark.parametrize(("message", "room"), [("0", 0), ("5", 5_000_000), ("2 GB", None)])
def test_how_much_is_kept_is_a_number_of_megabytes(
    monkeypatch: pytest.MonkeyPatch, message: str, room: int | None
) -> None:
    monkeypatch.setenv("COVID19_IMAGES_STREAM_MB", message)
    if room is None:
        with pytest.raises(RequestError, match="it is a number of MB"):
            room_bytes()
    else:
        assert room_bytes() == room


def test_the_first_batch_comes_before_the_release_would_be_here(site: Site) -> None:
    site.latency_s, site.bytes_per_s = 0.02, 2_500_000
    chosen = c19.select("xray", "train", stream=True)
    order = next(in_blocks(chosen, seed=0, neighbours=8))
    assert chosen.batch(order[:16]).shape == (16, 224, 224)
    assert of_shards(site) < sum(f.stat().st_size for f in site.folder.rglob("*.tar")) / 10


def test_another_process_gets_the_same_and_opens_its_own_connections(site: Site) -> None:
    chosen = c19.select("xray", "test", stream=True)
    again = pickle.loads(pickle.dumps(chosen))
    assert np.array_equal(again.batch(range(4)), chosen.batch(range(4)))


def test_a_connection_serves_many_pictures(site: Site) -> None:
    chosen = c19.select("xray", stream=True)
    for at in range(20):
        chosen.levels(at)
    assert site.connections < 16


def test_the_order_of_blocks_is_that_of_a_copy(site: Site, copy: LocalCopy) -> None:
    streamed = in_blocks(c19.select("xray", stream=True), seed=1, neighbours=4)
    here = in_blocks(c19.select("xray", root=copy.folder), seed=1, neighbours=4)
    epochs = [next(streamed) for _ in range(3)]
    assert epochs == [next(here) for _ in range(3)]
    assert all(sorted(epoch) == list(range(len(epoch))) for epoch in epochs)
    assert epochs[0] != epochs[1]


def test_a_server_without_ranges_is_named(site: Site) -> None:
    chosen = c19.select("xray", stream=True)
    site.faults = lambda name, count: ("whole",)
    with pytest.raises(TransferError, match=r"does not give parts of files.*covid19-images downl"):
        chosen.levels(0)


def test_a_file_that_was_changed_is_noticed_by_size_tag_and_digest(site: Site) -> None:
    site.tag = "a"
    chosen = c19.select("xray", stream=True)
    chosen.levels(0)
    content = (site.folder / VERSION / SHARD).read_bytes()
    site.faults = lambda name, count: ("bytes", content + b"x")
    with pytest.raises(MismatchError, match="another file than the release's"):
        chosen.levels(1)
    site.faults, site.tag = (lambda name, count: None), "b"
    with pytest.raises(MismatchError, match="another file than the release's"):
        chosen.levels(2)
    site.tag = "a"
    flipped = bytes(byte ^ 1 for byte in content)
    site.faults = lambda name, count: ("bytes", flipped)
    with pytest.raises(MismatchError, match="its sha256 differs"):
        chosen.levels(3)
    site.faults = lambda name, count: ("bytes", content[:1000])
    with pytest.raises(MismatchError, match="another file than the release's"):
        chosen.levels(4)


def test_a_connection_that_breaks_goes_on_where_it_was(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    chosen = c19.select("xray", stream=True)
    site.faults = lambda name, count: ("cut", 3000) if count < 4 else None
    plain = chosen.levels(0)
    parts = [asked for path, asked in site.asked if path.endswith(SHARD)]
    begins = [int(one.removeprefix("bytes=").partition("-")[0]) for one in parts if one]
    assert [at - begins[0] for at in begins] == [0, 3000, 6000, 9000]
    assert plain.shape == (224, 224)


def test_a_server_that_falls_silent_is_said_so(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("covid19_images.download.reach._TIMEOUT_S", (10, 0.05))
    monkeypatch.setattr("time.sleep", lambda _: None)
    chosen = c19.select("xray", stream=True)
    site.faults = lambda name, count: ("status", 404, {})
    with pytest.raises(TransferError, match=r"answers '404"):
        chosen.levels(0)
    site.faults = lambda name, count: ("stall", 200)
    with pytest.raises(TransferError, match=r"cannot be read from .*[Tt]imed? ?out.*asked 6 times"):
        chosen.levels(0)


def test_a_release_without_places_of_pictures_says_to_download(
    site: Site, published: Path, tmp_path: Path
) -> None:
    sums = (published / VERSION / "SHA256SUMS").read_text()
    older = "".join(line for line in sums.splitlines(keepends=True) if "spans-" not in line)
    site.json[f"/{VERSION}/SHA256SUMS"] = older.encode()
    with pytest.raises(LocalCopyError, match=r"before releases could be streamed\. Download it"):
        c19.select("xray", stream=True)


def test_a_real_release_is_streamed_from_a_folder_and_noticed_if_older(
    releases: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COVID19_IMAGES_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("COVID19_IMAGES_FROM", str(releases))
    download(tmp_path / "here", request=Request(origin=str(releases)))
    given = {"modality": "all", "label": "raw", "unknown": "keep", "split": None, "cache": False}
    streamed = c19.select(**given, stream=True)
    here = c19.select(**given, root=tmp_path / "here")
    assert np.array_equal(streamed.batch(range(len(streamed))), here.batch(range(len(here))))
    assert not (tmp_path / "here" / "spans-sized224.csv").exists()
    [seen] = (tmp_path / "cache").glob(f"*/{streamed.copy.version}")
    shutil.copytree(seen, seen.with_name("2999.01.01"))
    with pytest.raises(LocalCopyError, match=r"Release 2999.01.01 was streamed before.*is older"):
        c19.select(**given, stream=True)


def test_pictures_that_were_taken_down_leave_what_is_kept(site: Site, tmp_path: Path) -> None:
    c19.select("xray", stream=True).levels(0)
    [seen] = (tmp_path / "cache").glob(f"*/{VERSION}")
    assert list(seen.parent.glob("members/??/*"))
    index = loads_index((seen / "index.json").read_bytes())
    gone = Tombstone(image_id="c19-" + "0" * 16, date=dt.date(2026, 11, 24), reason="privacy")
    later = index.model_copy(update={"tombstones": (gone,)})
    small_files.forget_withdrawn(seen.parent, later)
    assert not seen.exists()
    assert not list(seen.parent.glob("members/??/*"))


def test_a_folder_and_a_copy_are_not_both(copy: LocalCopy) -> None:
    with pytest.raises(SelectionError, match="leave out one of them"):
        c19.select("xray", stream=True, root=copy.folder)
    with pytest.raises(SelectionError, match="cache=True needs every picture"):
        c19.select("xray", stream=True, cache=True)
    with pytest.raises(SelectionError, match="True or False"):
        c19.select("xray", stream="yes")  # type: ignore[arg-type]


def test_neighbours_are_asked_for_together_and_gaps_are_small() -> None:
    def span(at: int, size: int, shard: str = "a.tar") -> Span:
        return Span(shard, f"{at}.png", at, size, "0" * 64)

    near = [span(0, 10_000), span(10_500, 10_000), span(21_000, 10_000)]
    assert [(run.begin, run.end) for run in ranges.runs(near[::-1])] == [(0, 31_000)]
    apart = [span(0, 100), span(1000, 100), span(1100, 100), span(0, 5, "b.tar")]
    assert [(r.begin, r.end) for r in ranges.runs(apart)] == [(0, 100), (1000, 1200), (0, 5)]
    assert ranges.runs([]) == []
    text = dumps(apart)
    assert loads(text) == sorted(apart)
    with pytest.raises(ValueError, match="is no offset"):
        loads(text.replace("1100,100", "-1100,100"))
