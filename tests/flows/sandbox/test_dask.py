"""Work on a Dask cluster of real processes: the same bytes, whichever workers die."""

import logging
import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import distributed
import pytest

from covid19_images.images.decode import Limits
from covid19_images.images.fingerprint import Fingerprint
from covid19_images.images.refused import Refused
from flows.decoding import decode as decoding
from flows.decoding.cache import Cache, Decoded
from flows.decoding.decode import Batch, Content, decode
from flows.night.compare import verify
from flows.sandbox import dask as cluster
from flows.sandbox.base import Compute, ComputeError
from flows.sandbox.spread import spread
from flows.upstream.git import GitError
from tests.support.collection import SIMPLE, Collection
from tests.support.pictures import encoded, picture, png
from tests.support.upstream import Upstream

KILLER = b"kills its decoder"
LIMITS = Limits(max_bytes=10**6)
# Sockets of a process that was killed are closed by the collector, which pytest calls a leak.
pytestmark = pytest.mark.filterwarnings("default::ResourceWarning")


@pytest.fixture(scope="module")
def workers() -> Iterator[Any]:
    """Two workers in processes of their own, with nannies, behind a scheduler with an address."""
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        silence_logs=logging.CRITICAL,
    ) as running:
        yield running


@pytest.fixture
def dask(workers: Any) -> Compute:
    return Compute(runner="dask", address=workers.scheduler_address)


def doubled(numbers: Sequence[int]) -> list[int]:
    return [2 * number for number in numbers]


def doubled_or_dead_once(marker: Path, numbers: Sequence[int]) -> list[int]:
    """Double numbers; the first process that comes here is killed at it."""
    if 7 in numbers and not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return doubled(numbers)


def read_or_die(batch: Sequence[Content], limits: Limits) -> Batch:
    if any(content == KILLER for _, content in batch):
        os.kill(os.getpid(), signal.SIGKILL)
    return decoding.decode_batch(batch, limits)


def _pids(workers: Any) -> list[int]:
    return [nanny.pid for nanny in workers.workers.values()]


def test_a_worker_that_dies_in_the_middle_costs_nothing(dask: Compute, tmp_path: Path) -> None:
    act = partial(doubled_or_dead_once, tmp_path / "died")
    work = [range(n, n + 3) for n in range(0, 60, 3)]
    done = {tuple(batch): result for batch, result in spread(act, work, dask)}
    assert (tmp_path / "died").exists()
    assert done == {tuple(batch): doubled(batch) for batch in work}


def test_batches_are_made_as_they_are_needed(dask: Compute) -> None:
    made: list[int] = []

    def work() -> Iterator[list[int]]:
        for number in range(50):
            made.append(number)
            yield [number]

    results = spread(doubled, work(), dask)
    next(results)
    assert len(made) <= 10
    assert len(list(results)) == 49


@pytest.mark.slow
def test_a_file_that_kills_every_worker_is_refused_and_the_others_are_read(
    dask: Compute, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoding, "decode_batch", read_or_die)
    blobs = [upstream.blob(content) for content in (png(1), KILLER, png(2))]
    kept: list[Batch] = []
    done = decode(upstream.folder, blobs, limits=LIMITS, keep=kept.append, compute=dask)
    assert done[blobs[1]] == Decoded(Refused("the decoder crashed on this file"))
    assert all(isinstance(done[blob].result, Fingerprint) for blob in (blobs[0], blobs[2]))
    assert {blob: one for batch in kept for blob, one in batch.items()} == done


def test_workers_need_no_folder_of_ours_and_read_what_processes_read(
    dask: Compute, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoding, "_SENT_BYTES", 50_000)
    contents = [*map(png, range(5)), png(1)[:90], b"", b"x" * (10**6 + 1), b"text"]
    blobs = [upstream.blob(content) for content in contents]
    here, there = (
        decode(upstream.folder, blobs, limits=LIMITS, keep=lambda _: None, compute=compute)
        for compute in (Compute(workers=1), dask)
    )
    assert _bytes(there) == _bytes(here)


def _bytes(done: Batch) -> Mapping[str, object]:
    return {
        blob: (one.result, one.features and one.features.to_bytes()) for blob, one in done.items()
    }


def test_a_blob_that_is_not_here_is_an_error_and_no_refusal(
    dask: Compute, upstream: Upstream
) -> None:
    with pytest.raises(GitError):
        decode(upstream.folder, ["1" * 40], limits=LIMITS, keep=lambda _: None, compute=dask)


def test_a_worker_with_other_versions_is_turned_away(
    dask: Compute, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "_code", lambda: ("of another year",))
    with pytest.raises(ComputeError, match=r"requirements\.lock"):
        list(spread(doubled, [[1]], dask))


def test_a_worker_with_another_commit_has_other_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = tmp_path / "a_package_of_ours" / "__init__.py"
    module.parent.mkdir()
    module.write_text("ANSWER = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(cluster, "_OURS", ("a_package_of_ours",))
    code = cluster._code.__wrapped__
    before = code()
    assert code() == before
    module.write_text("ANSWER = 2\n")
    assert code()[1:] == before[1:]
    assert code()[0] != before[0]


def test_a_cluster_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cluster._SETTINGS, "distributed.comm.timeouts.connect", "200ms")
    nowhere = Compute(runner="dask", address="tcp://127.0.0.1:9")
    with pytest.raises(ComputeError, match=r"tcp://127\.0\.0\.1:9 cannot be reached"):
        list(spread(doubled, [[1]], nowhere))


def test_a_cluster_whose_workers_are_gone_is_not_waited_for_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cluster, "PATIENCE_S", 0.2)
    monkeypatch.setattr(cluster, "_LOOK_S", 0.1)
    with distributed.LocalCluster(
        n_workers=0,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        silence_logs=logging.CRITICAL,
    ) as empty:
        alone = Compute(runner="dask", address=empty.scheduler_address)
        with pytest.raises(ComputeError, match="no worker"):
            list(spread(doubled, [[1]], alone))


@pytest.mark.slow
def test_a_scheduler_that_goes_away_in_the_middle_is_said() -> None:
    with distributed.LocalCluster(
        n_workers=1,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        silence_logs=logging.CRITICAL,
    ) as running:
        done = spread(
            doubled,
            ([n] for n in range(1000)),
            Compute(runner="dask", address=running.scheduler_address),
        )
        assert next(done)
        running.close()
        with pytest.raises(ComputeError, match=r"cannot be reached .* What was read is kept"):
            list(done)


def test_nothing_to_do_needs_no_cluster() -> None:
    assert list(spread(doubled, [], Compute(runner="dask", address="tcp://127.0.0.1:9"))) == []


@pytest.mark.slow
def test_a_cluster_is_started_here_where_no_address_is_told() -> None:
    here = Compute(runner="dask", workers=1)
    assert list(spread(doubled, [[1, 2]], here)) == [([1, 2], [2, 4])]


@pytest.mark.slow
def test_a_night_on_dask_with_a_worker_killed_writes_the_same_bytes(
    dask: Compute, workers: Any, upstream: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures = {f"images/{i:02}.png": png(i) for i in range(60)}
    copies = {f"images/copy-{i}.jpg": encoded(picture(i), "JPEG", quality=90) for i in range(12)}
    upstream.commit(pictures | copies)
    monkeypatch.setattr(verify, "_FEW", 0)
    monkeypatch.setattr(verify, "BATCH", 2)
    trees = []
    for name in ("processes", "dask"):
        collection = Collection(tmp_path / name / "collection")
        collection.source("set", SIMPLE.format(url=upstream.url))
        if name == "dask":
            policy = collection.folder / "config" / "policy.toml"
            found = f'\n[compute]\nrunner = "dask"\naddress = "{dask.address}"\n'
            policy.write_text(policy.read_text(encoding="utf-8") + found, encoding="utf-8")
            victims = _kill_a_worker_at_the_first_batch(workers, monkeypatch)
        collection.night()
        trees.append(collection.tree())
        assert len([r for r in collection.records("set").values() if r.duplicate_of]) == 12
    assert victims
    assert trees[0] == trees[1]


def _kill_a_worker_at_the_first_batch(
    workers: Any, monkeypatch: pytest.MonkeyPatch
) -> Sequence[int]:
    victims: list[int] = []
    put = Cache.put

    def deadly(self: Cache, decoded: Mapping[str, Decoded]) -> None:
        if not victims:
            victims.append(_pids(workers)[0])
            os.kill(victims[0], signal.SIGKILL)
        put(self, decoded)

    monkeypatch.setattr(Cache, "put", deadly)
    return victims
