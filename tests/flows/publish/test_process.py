"""A release processes pictures in the sandbox: in order, within limits, and a crash costs one."""

import os
import signal
from pathlib import Path

import pytest

from covid19_images.images.decode import Limits
from flows.publish import ReleaseError
from flows.publish import process as module
from flows.publish.process import processed
from flows.sandbox import processes
from flows.sandbox.base import Compute
from tests.support.pictures import png
from tests.support.upstream import Upstream

KILLER = png(666)
real = module.process_batch


def crash_on_killer(batch, clone: Path, limits: Limits):
    """Process a batch, but die at one picture, as a decoder that hostile bytes take over."""
    if any(Upstream(clone).blob(KILLER) == blob for _, blob in batch):
        os.kill(os.getpid(), signal.SIGKILL)
    return real(batch, clone, limits)


def crash_once(batch, clone: Path, limits: Limits):
    """Die at the first batch only."""
    mark = clone / "crashed"
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return real(batch, clone, limits)


def _wanted(upstream: Upstream, contents: list[bytes]) -> list[tuple[str, str]]:
    upstream.commit({f"images/{i}.png": content for i, content in enumerate(contents)})
    return [(f"c19-{i:016x}", upstream.blob(content)) for i, content in enumerate(contents)]


def test_pictures_are_yielded_in_the_order_asked(upstream: Upstream):
    wanted = _wanted(upstream, [png(i) for i in range(40)])
    found = processed(upstream.folder, wanted, Limits(), compute=Compute(workers=2))
    assert [one.frames[0].stem for one in found] == [image for image, _ in wanted]


def test_one_crash_does_not_stop_a_release(upstream: Upstream, monkeypatch: pytest.MonkeyPatch):
    wanted = _wanted(upstream, [png(i) for i in range(10)])
    monkeypatch.setattr(module, "process_batch", crash_once)
    found = processed(upstream.folder, wanted, Limits(), compute=Compute(workers=1))
    assert [one.frames[0].stem for one in found] == [image for image, _ in wanted]


def test_a_picture_that_always_crashes_is_the_only_one_named(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
):
    wanted = _wanted(upstream, [png(1), KILLER, png(2)])
    monkeypatch.setattr(module, "process_batch", crash_on_killer)
    with pytest.raises(ReleaseError, match="The decoder crashed on c19-") as caught:
        list(processed(upstream.folder, wanted, Limits()))
    assert wanted[1][0] in str(caught.value)
    assert wanted[0][0] not in str(caught.value)


def test_the_policy_says_how_many_processes_and_what_each_may_need(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
):
    seen: list[tuple[int, processes.Allowance]] = []
    pool = processes.pool

    def counted(workers: int, allowance: processes.Allowance):
        seen.append((workers, allowance))
        return pool(workers, allowance)

    monkeypatch.setattr(processes, "pool", counted)
    allowance = processes.Allowance(memory_bytes=2**31, cpu_s=7)
    elsewhere = Compute(runner="dask", workers=3)  # the clone is here, and so is the work
    list(
        processed(
            upstream.folder,
            _wanted(upstream, [png(1)]),
            Limits(),
            compute=elsewhere,
            allowance=allowance,
        )
    )
    assert seen == [(3, allowance)]
