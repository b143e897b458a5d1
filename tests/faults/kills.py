"""Kill what writes, just before and just after every step."""

import signal
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from tests.faults.fault import Fault
from tests.faults.world import Act, World, Worlds
from tests.support import warm

# Every function of ours that writes, by what it is a step of. `test_faults` finds writes that are
# in none of them. Another act is another entry here, and one in `tests.support.killed`.
STEPS: Mapping[Act, Sequence[str]] = {
    "sync": (
        "flows.upstream.clone:Clone._create",
        "flows.upstream.clone:Clone._run_fetch",
        "flows.upstream.clone:Clone.fetch_blobs",
        "flows.night.listing:scan",
        "flows.decoding.cache:Cache.__init__",
        "flows.decoding.cache:Cache.put",
        "flows.night.run:describe",
        "flows.night.plan.stage:compare",
        "flows.night.worked_out:keep",
        "flows.forge.pages:write_pages",
        "flows.forge.pages:_write_sheets",
        "flows.forge.pages:replace",
        "flows.collection.checkout:Checkout._line",
        "flows.collection.checkout:Checkout._tree",
        "flows.collection.checkout:Checkout._commit",
        "flows.collection.checkout:Checkout.write",
        "flows.forge.folder:FolderForge._move",
    ),
    "release": (
        "flows.upstream.clone:Clone._create",
        "flows.upstream.clone:Clone.fetch_blobs",
        "flows.decoding.cache:Cache.__init__",
        "flows.decoding.cache:Cache.put",
        "flows.publish.release:warm",
        "flows.publish.shards:_Tar.close",
        "flows.publish.build:_write_receipt",
        "flows.publish.release:build_source",
        "flows.publish.release:build_features",
        "flows.publish.assemble:write_card",
        "flows.publish.release:assemble",
        "flows.publish.release:prepare",
        "flows.publish.folder:FolderPublisher.begin",
        "flows.publish.folder:FolderPublisher.upload",
        "flows.publish.folder:FolderPublisher.download",
        "flows.publish.folder:FolderPublisher.publish",
        "flows.publish.folder:FolderPublisher.announce",
        "covid19_images.manifest.whole:write",
    ),
}


def _kill(act: Act, step: str, when: str, world: World, _: Worlds) -> None:
    killed = warm.run("tests.support.killed", str(world.folder), step, when, act)
    assert killed.returncode == -signal.SIGKILL, killed.stderr


def faults() -> Iterator[Fault]:
    """List a kill before and one after every step, the first time it is taken."""
    for act, steps in STEPS.items():
        for step in steps:
            for when in ("before", "after"):
                name = f"{when} {step.partition(':')[2]} ({act})"
                yield Fault("kill", name, partial(_kill, act, step, when), act=act)
