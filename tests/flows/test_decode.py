"""Decoding in child processes: in batches, and a crash costs one file."""

import os
import signal
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from covid19_images.fingerprint import Fingerprint
from covid19_images.pixels import Limits
from flows import decode as module
from flows.cache import Decoded
from flows.decode import BATCH, Batch, decode, read_batch
from flows.readings import Pointer, Refused
from flows.upstream.git import GitError
from tests.support.pictures import png
from tests.support.upstream import Upstream

LIMITS = Limits(max_bytes=10**6)
POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 5\n".encode()
KILLER = b"kills its decoder"


def read_or_die(clone: Path, batch: Sequence[str], limits: Limits) -> Batch:
    """Read a batch as `read_batch` does, but let one content kill the process."""
    done = read_batch(clone, batch, limits)
    if any(_is_killer(clone, blob) for blob in batch):
        os.kill(os.getpid(), signal.SIGKILL)
    return done


def _is_killer(clone: Path, blob: str) -> bool:
    return Upstream(clone).blob(KILLER) == blob


def test_every_blob_becomes_what_it_is(upstream: Upstream) -> None:
    blobs = {
        name: upstream.blob(content)
        for name, content in {
            "picture": png(1), "broken": png(1)[:90], "pointer": POINTER, "empty": b"",
            "large": b"x" * (10**6 + 1),
        }.items()
    }  # fmt: skip
    found = read_batch(upstream.folder, list(blobs.values()), LIMITS)
    assert isinstance(found[blobs["picture"]].reading, Fingerprint)
    assert found[blobs["picture"]].features is not None
    assert found[blobs["pointer"]] == Decoded(Pointer("a" * 64, 5))
    too_large = "the file has 1,000,001 bytes; the limit is 1,000,000"
    assert found[blobs["large"]] == Decoded(Refused(too_large))
    for name in ("broken", "empty"):
        assert isinstance(found[blobs[name]].reading, Refused)
        assert found[blobs[name]].features is None


def test_every_batch_is_kept_as_soon_as_it_is_done(upstream: Upstream) -> None:
    blobs = [upstream.blob(str(n).encode()) for n in range(BATCH + 5)]
    kept: list[Batch] = []
    done = decode(upstream.folder, [*blobs, blobs[0]], limits=LIMITS, keep=kept.append, workers=2)
    assert sorted(map(len, kept)) == [5, BATCH]
    assert {blob: one for batch in kept for blob, one in batch.items()} == done
    assert done.keys() == set(blobs)


def test_nothing_to_decode_starts_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "worker_pool", lambda _: pytest.fail("a pool was made"))
    assert decode(Path("nowhere"), [], limits=LIMITS, keep=lambda _: None) == {}


def test_a_file_that_kills_its_decoder_is_refused_and_the_others_are_read(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "read_batch", read_or_die)
    blobs = [upstream.blob(content) for content in (png(1), KILLER, png(2))]
    done = decode(upstream.folder, blobs, limits=LIMITS, keep=lambda _: None, workers=1)
    assert done[blobs[1]] == Decoded(Refused("the decoder crashed on this file"))
    for blob in (blobs[0], blobs[2]):
        assert isinstance(done[blob].reading, Fingerprint)


def test_a_blob_that_is_not_here_is_an_error_and_no_refusal(upstream: Upstream) -> None:
    with pytest.raises(GitError):
        decode(upstream.folder, ["1" * 40], limits=LIMITS, keep=lambda _: None, workers=1)


def test_the_pool_is_of_processes_without_threads() -> None:
    with module.worker_pool(1) as pool:
        assert isinstance(pool, ProcessPoolExecutor)
        context: Any = pool._mp_context
        assert context.get_start_method() == "forkserver"


def test_ctrl_c_is_blocked_in_workers_and_free_in_the_parent() -> None:
    with module.worker_pool(1) as pool:
        blocked = pool.submit(signal.pthread_sigmask, signal.SIG_BLOCK, []).result()
    assert signal.SIGINT in blocked
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


def test_a_pool_may_be_made_from_any_thread() -> None:
    def once(_: int) -> int:
        with module.worker_pool(1) as pool:
            return pool.submit(len, "abc").result()

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(once, range(2))) == [3, 3]
