"""Write the tar of masks that a release may ship."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from covid19_images.images.formats.picture import Limits
from covid19_images.images.refused import Refused
from covid19_images.manifest.mask import MaskRow
from covid19_images.release.volumes import MASKS, mask_member
from flows.night.context import RunContext
from flows.publish import ReleaseError
from flows.publish.image import mask as masks
from flows.publish.shards import write_tar
from flows.sandbox.processes import WorkerCrashed, batches, start_item_timer
from flows.sandbox.spread import spread
from flows.upstream import blobs, git


def mask_batch(batch: Sequence[str], clone: Path, limits: Limits) -> dict[str, bytes | Refused]:
    """Process a few files of masks of one clone.

    Args:
        batch: Their blobs.
        clone: The bare clone; it holds them.
        limits: What is too large.
    """
    found: dict[str, bytes | Refused] = {}
    for blob, content in blobs.read(clone, batch, max_bytes=limits.max_bytes):
        start_item_timer()
        if isinstance(content, Refused):
            found[blob] = content
        else:
            found[blob] = masks.process(content, limits=limits)
    return found


def write(context: RunContext, wanted: Sequence[MaskRow], folder: Path) -> list[str]:
    """Write the files of masks; one that cannot be a file of values is left out.

    Args:
        context: Where clones and limits are.
        wanted: Those whose licence lets us ship them.
        folder: Where the tar goes.

    Returns:
        The name of the file, where there is any.

    Raises:
        ReleaseError: They cannot be had.
    """
    entries: dict[str, bytes] = {}
    for source in sorted({mask.source for mask in wanted}):
        own = [mask for mask in wanted if mask.source == source]
        contents = _processed(context, source, sorted({mask.blob for mask in own}))
        entries |= {mask_member(m): contents[m.blob] for m in own if m.blob in contents}
    if not entries:
        return []
    write_tar(folder / MASKS, sorted(entries.items()))
    return [MASKS]


def _processed(context: RunContext, name: str, wanted: Sequence[str]) -> dict[str, bytes]:
    clone = context.clone(context.config.source(name))
    try:
        clone.fetch_blobs(wanted)
    except git.GitError as error:
        raise ReleaseError(
            f"{name}: its masks cannot be fetched: {error.stderr.strip()[-200:]} Nothing was "
            "published. Run again when the upstream answers."
        ) from None
    act = partial(mask_batch, clone=clone.folder, limits=context.limits())
    compute = context.config.policy.compute.on_this_machine()
    found: dict[str, bytes] = {}
    for _, done in spread(act, batches(wanted), compute, context.allowance()):
        if not isinstance(done, WorkerCrashed):
            found |= {blob: one for blob, one in done.items() if not isinstance(one, Refused)}
    return found
