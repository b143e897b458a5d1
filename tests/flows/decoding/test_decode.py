"""Decoding in child processes: in batches, and a crash costs one file."""

import os
import signal
from collections.abc import Sequence
from pathlib import Path

import pytest

from covid19_images.images.decode import Limits
from covid19_images.images.fingerprint import Fingerprint
from covid19_images.images.refused import Refused
from flows.decoding import decode as module
from flows.decoding.cache import Decoded
from flows.decoding.decode import Batch, decode, read_batch
from flows.decoding.result import LfsPointer
from flows.sandbox import processes
from flows.sandbox.base import Compute
from flows.sandbox.processes import BATCH
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
            "picture": png(1),
            "broken": png(1)[:90],
            "pointer": POINTER,
            "empty": b"",
            "large": b"x" * (10**6 + 1),
        }.items()
    }
    found = read_batch(upstream.folder, list(blobs.values()), LIMITS)
    assert isinstance(found[blobs["picture"]].result, Fingerprint)
    assert found[blobs["picture"]].features is not None
    assert found[blobs["pointer"]] == Decoded(LfsPointer("a" * 64, 5))
    too_large = "the file has 1,000,001 bytes; the limit is 1,000,000"
    assert found[blobs["large"]] == Decoded(Refused(too_large))
    for name in ("broken", "empty"):
        assert isinstance(found[blobs[name]].result, Refused)
        assert found[blobs[name]].features is None


def test_every_batch_is_kept_as_soon_as_it_is_done(upstream: Upstream) -> None:
    blobs = [upstream.blob(str(n).encode()) for n in range(BATCH + 5)]
    kept: list[Batch] = []
    done = decode(
        upstream.folder,
        [*blobs, blobs[0]],
        limits=LIMITS,
        keep=kept.append,
        compute=Compute(workers=2),
    )
    assert sorted(map(len, kept)) == [5, BATCH]
    assert {blob: one for batch in kept for blob, one in batch.items()} == done
    assert done.keys() == set(blobs)


def test_nothing_to_decode_starts_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "pool", lambda _: pytest.fail("a pool was made"))
    assert decode(Path("nowhere"), [], limits=LIMITS, keep=lambda _: None) == {}


def test_a_file_that_kills_its_decoder_is_refused_and_the_others_are_read(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "read_batch", read_or_die)
    blobs = [upstream.blob(content) for content in (png(1), KILLER, png(2))]
    done = decode(
        upstream.folder, blobs, limits=LIMITS, keep=lambda _: None, compute=Compute(workers=1)
    )
    assert done[blobs[1]] == Decoded(Refused("the decoder crashed on this file"))
    for blob in (blobs[0], blobs[2]):
        assert isinstance(done[blob].result, Fingerprint)


def test_a_blob_that_is_not_here_is_an_error_and_no_refusal(upstream: Upstream) -> None:
    with pytest.raises(GitError):
        decode(
            upstream.folder,
            ["1" * 40],
            limits=LIMITS,
            keep=lambda _: None,
            compute=Compute(workers=1),
        )
