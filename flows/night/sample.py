"""Read one source as it is now, and a few of its pictures: a look that no night follows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from covid19_images.images.refused import Refused
from flows.config.source import Source
from flows.decoding.decode import decode
from flows.decoding.result import DecodeResult
from flows.labels.assign import label
from flows.labels.rows import Description, describe
from flows.night.context import RunContext
from flows.night.listing import Scan, scan
from flows.night.plan.previews.decode import BlobLocation, thumbnail_batch
from flows.sandbox.processes import WorkerCrashed, batches
from flows.sandbox.spread import spread
from flows.upstream import git
from flows.upstream.clone import Clone
from flows.upstream.observe import Tip, observe, one_line
from flows.upstream.outcome import Failure, Unreachable
from flows.upstream.tree import Entry


@dataclass(frozen=True, slots=True)
class Sample:
    """One source as it is now.

    Attributes:
        commit: Where its branch is.
        seen: Its tree and its tables.
        chosen: The images that were read.
        results: What they turned out to be, by blob id.
        described: The rows of all its images.
    """

    commit: str
    seen: Scan
    chosen: tuple[Entry, ...]
    results: Mapping[str, DecodeResult]
    described: Description


def sample(context: RunContext, source: Source, count: int, *, unread: str) -> Sample | Failure:
    """Read a source's tree and tables, and a few images from all over it.

    Args:
        context: Configuration, base state and cache paths.
        source: The source.
        count: How many images are read.
        unread: The reason that the rows of the others state.
    """
    policy = context.config.policy
    tip = observe(source.url, source.branch, protocols=policy.protocols, hosts=policy.hosts)
    if not isinstance(tip, Tip):
        return tip
    clone = context.clone(source)
    try:
        clone.fetch(tip)
        seen = scan(source, clone, None, tip.commit, ())
        chosen = _spaced(seen.images, count)
        results = _read(context, clone, chosen)
    except git.GitError as error:
        return Unreachable(one_line(error.stderr))
    labelled = label(source, seen.tables, [entry.path for entry in seen.images])
    known = {entry.blob: results.get(entry.blob, Refused(unread)) for entry in seen.images}
    vocabulary = context.config.vocabulary
    described = describe(source, vocabulary, seen.images, known, labelled, seen.dates)
    return Sample(tip.commit, seen, chosen, results, described)


def thumbnails(context: RunContext, source: Source, chosen: Sequence[Entry]) -> dict[str, bytes]:
    """Return small pictures of images that were read, WebP by blob id; what is none has none."""
    folder = context.clone(source).folder
    work = sorted({BlobLocation(folder, entry.blob) for entry in chosen})
    act = partial(thumbnail_batch, limits=context.limits())
    compute = context.config.policy.compute.on_this_machine()
    drawn: dict[str, bytes] = {}
    for _, done in spread(act, batches(work), compute, context.allowance()):
        if not isinstance(done, WorkerCrashed):
            drawn |= {blob: one.webp for blob, one in done.items()}
    return drawn


def _spaced(images: Sequence[Entry], count: int) -> tuple[Entry, ...]:
    least = min(count, len(images))
    return tuple(images[number * len(images) // least] for number in range(least))


def _read(context: RunContext, clone: Clone, chosen: Sequence[Entry]) -> dict[str, DecodeResult]:
    """Decode a few pictures; a night that follows knows them already."""
    wanted = sorted({entry.blob for entry in chosen})
    unfetched = clone.fetch_blobs(wanted)
    here = [blob for blob in wanted if blob not in unfetched]
    decoded = decode(
        clone.folder,
        here,
        limits=context.limits(),
        keep=context.memory().put,
        compute=context.config.policy.compute,
        allowance=context.allowance(),
    )
    return {blob: one.result for blob, one in decoded.items()}
