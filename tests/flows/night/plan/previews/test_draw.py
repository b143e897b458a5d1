"""The pictures of a night: from clones, fetched where they are missing, never in the way."""

import os
import shutil
import signal
from collections.abc import Sequence
from pathlib import Path

import pytest

from covid19_images.images.decode import Limits
from flows.night.plan import previews, stage
from flows.night.plan.previews.decode import BlobLocation, thumbnail_batch
from flows.proposal.pictures import NO_PICTURES, Pictures, Thumbnail
from flows.sandbox import processes
from tests.support.collection import SIMPLE, Collection
from tests.support.pictures import encoded, picture, png
from tests.support.upstream import Upstream

KILLER = png(666)


def thumbnails_or_die(batch: Sequence[BlobLocation], limits: Limits) -> dict[str, Thumbnail]:
    """Draw as `thumbnail_batch` does, but let one content kill the process."""
    if any(Upstream(spot.clone).blob(KILLER) == spot.blob for spot in batch):
        os.kill(os.getpid(), signal.SIGKILL)
    return thumbnail_batch(batch, limits)


def begin(collection: Collection, upstream: Upstream) -> None:
    """Make a collection that has imported six pictures."""
    upstream.commit({f"images/{i}.png": png(i) for i in range(6)})
    collection.source("set", SIMPLE.format(url=upstream.url))
    collection.night()
    collection.merge()


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Pictures]:
    """Whatever the nights of a test draw."""
    made: list[Pictures] = []
    draw = previews.draw

    def kept(*args, **options):
        made.append(draw(*args, **options))
        return made[-1]

    monkeypatch.setattr(stage, "draw", kept)
    return made


def test_a_night_draws_what_came_changed_and_went_and_nothing_else(
    begun: Collection, upstream: Upstream, drawn: list[Pictures]
) -> None:
    upstream.commit({"images/new.png": png(9), "images/0.png": png(10), "images/1.png": None})
    begun.night()
    expected = {upstream.blob(png(seed)) for seed in (9, 0, 10, 1)}
    assert drawn[-1].thumbnails.keys() == expected
    assert drawn[-1].pairs == {}


def test_copies_are_drawn_on_their_originals_though_these_are_held_since_long(
    begun: Collection, tmp_path: Path, drawn: list[Pictures]
) -> None:
    other = Upstream(tmp_path / "other.git")
    other.commit({"images/copy.jpg": encoded(picture(3), "JPEG", quality=90)})
    begun.source("other", SIMPLE.format(url=other.url).replace("order = 1", "order = 2"))
    begun.night()
    [(keys, pair)] = drawn[-1].pairs.items()
    assert keys == ("other/images/copy.jpg", "set/images/3.png")
    assert pair.registered
    assert (pair.copy.width, pair.copy.height) == (160, 128)


@pytest.mark.slow
def test_the_same_night_draws_the_same_bytes(
    begun: Collection, upstream: Upstream, drawn: list[Pictures]
) -> None:
    upstream.commit({f"images/new{i}.png": png(40 + i) for i in range(60)})
    first = begun.night()
    shutil.rmtree(begun.cache)
    assert begun.night().proposal == first.proposal
    assert drawn[0] == drawn[1]
    assert list(drawn[0].thumbnails) == sorted(drawn[0].thumbnails)


def test_a_removed_picture_is_fetched_again_on_a_fresh_machine(
    begun: Collection, upstream: Upstream, drawn: list[Pictures]
) -> None:
    shutil.rmtree(begun.cache)
    upstream.commit({"images/0.png": None})
    begun.night()
    assert drawn[-1].thumbnails.keys() == {upstream.blob(png(0))}


def test_pictures_that_cannot_be_had_cost_nothing_but_themselves(
    begun: Collection, tmp_path: Path, drawn: list[Pictures]
) -> None:
    """The fresh machine has no blobs, and the upstream rewrote the history that had one."""
    shutil.rmtree(begun.cache)
    rewritten = Upstream(tmp_path / "rewritten.git")
    rewritten.commit({f"images/{i}.png": png(i) for i in range(1, 6)} | {"images/n.png": png(9)})
    begun.source("set", SIMPLE.format(url=rewritten.url))
    report = begun.night()
    assert [record.path for record in report.changes[0].removed] == ["images/0.png"]
    assert drawn[-1].thumbnails.keys() == {rewritten.blob(png(9))}
    assert report.proposal is not None
    assert [sheet.name for sheet in report.proposal.sheets] == ["new-set.jpg"]


def test_a_broken_file_costs_only_its_thumbnail(
    begun: Collection, upstream: Upstream, drawn: list[Pictures]
) -> None:
    upstream.commit({"images/broken.png": png(8)[:300], "images/new.png": png(9)})
    report = begun.night()
    assert drawn[-1].thumbnails.keys() == {upstream.blob(png(9))}
    assert report.proposal is not None
    [sheet] = report.proposal.sheets
    assert sheet.caption == (
        "1 of 2 new images of source set. 1 more is not shown; 1 of the files cannot be read."
    )


def test_a_file_that_kills_its_decoder_costs_only_its_thumbnail(
    begun: Collection, upstream: Upstream, drawn: list[Pictures], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previews, "thumbnail_batch", thumbnails_or_die)
    upstream.commit({"images/a.png": png(8), "images/b.png": KILLER, "images/c.png": png(9)})
    begun.night()
    assert drawn[-1].thumbnails.keys() == {upstream.blob(png(8)), upstream.blob(png(9))}


def test_nights_without_pictures_start_no_process(
    begun: Collection, upstream: Upstream, drawn: list[Pictures], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "pool", lambda _: pytest.fail("a pool was made"))
    begun.night()
    assert drawn == []
    upstream.commit({"images/moved.png": png(0), "images/0.png": None, "README.md": b"words"})
    assert begun.night().proposal is not None
    assert drawn == [NO_PICTURES]


def test_the_policy_says_how_many_processes_draw(
    begun: Collection, upstream: Upstream, drawn: list[Pictures], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    pool = processes.pool

    def counted(workers: int, allowance: processes.Allowance):
        seen.append(workers)
        return pool(workers, allowance)

    monkeypatch.setattr(processes, "pool", counted)
    policy = begun.folder / "config" / "policy.toml"
    policy.write_text(f"{policy.read_text()}[compute]\nworkers = 3\n")
    upstream.commit({"images/new.png": png(9)})
    begun.night()
    assert drawn[-1].thumbnails
    assert set(seen) == {3}
