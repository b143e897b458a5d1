"""Write where each picture stands in its shard, and pack what streams fetch first.

A shard that an earlier release holds keeps the rows it has there. Where that release had none yet,
the shard is fetched once, and read.
"""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from covid19_images.manifest.inside import below
from covid19_images.release import packed, spans
from covid19_images.release.index import SUMS, Index, Layer, Shard
from covid19_images.release.spans import MASK_SPANS, Span, of_shard, spans_name
from covid19_images.release.volumes import MASKS
from flows.publish import ReleaseError
from flows.publish.checksums import sha256
from flows.publish.huggingface import Fetch
from flows.publish.select import Previous
from flows.publish.shards import LAYERS


def write(folder: Path, index: Index, previous: Previous | None, fetch: Fetch) -> list[str]:
    """Write a file for each layer, and one for masks where there are any.

    Args:
        folder: Where the shards are that are new, and where the files go.
        index: What the release is.
        previous: The release before.
        fetch: Gets a file of an earlier release.

    Returns:
        The names of the files.
    """
    names = []
    for layer in LAYERS:
        shards = [shard for shard in index.shards if shard.layer == layer]
        has_earlier = any(shard.first_published != index.version for shard in shards)
        known = _earlier(folder, layer, previous, fetch) if previous and has_earlier else {}
        found = [
            span
            for shard in shards
            for span in known.get(shard.sha256) or _read(folder, shard, index.version, fetch)
        ]
        (folder / spans_name(layer)).write_text(spans.dumps(found), encoding="utf-8", newline="\n")
        names.append(spans_name(layer))
    if (folder / MASKS).is_file():
        text = spans.dumps(of_shard(folder / MASKS, MASKS))
        (folder / MASK_SPANS).write_text(text, encoding="utf-8", newline="\n")
        names.append(MASK_SPANS)
    return names


def pack(folder: Path, names: Sequence[str]) -> list[str]:
    """Pack tables beside themselves; return the names of the new files."""
    packs = {f"{name}{packed.ENDING}": folder / name for name in names}
    for name, file in packs.items():
        (folder / name).write_bytes(packed.pack(file.read_bytes()))
    return list(packs)


def _earlier(
    folder: Path, layer: Layer, previous: Previous, fetch: Fetch
) -> Mapping[str, list[Span]]:
    """Read the rows of the release before, by the sha256 of their shard; none where it has none."""
    version, name = previous.index.version, spans_name(layer)
    lines = _fetched(folder, version, SUMS, fetch).decode("ascii").splitlines()
    digests = {of: digest for digest, _, of in (line.partition("  ") for line in lines)}
    if name not in digests:
        return {}
    content = _fetched(folder, version, name, fetch)
    if hashlib.sha256(content).hexdigest() != digests[name]:
        raise ReleaseError(f"{name} of {version} is not what its {SUMS} says. Mend that first.")
    shards = {shard.name: shard.sha256 for shard in previous.index.shards}
    found: dict[str, list[Span]] = defaultdict(list)
    for span in spans.loads(content.decode(), name=name):
        found[shards[span.shard]].append(span)
    return found


def _fetched(folder: Path, version: str, name: str, fetch: Fetch) -> bytes:
    file = below(folder, f".earlier-{name}")
    fetch(version, name, file)
    content = file.read_bytes()
    file.unlink()
    return content


def _read(folder: Path, shard: Shard, version: str, fetch: Fetch) -> list[Span]:
    if shard.first_published == version:
        return of_shard(folder / shard.name, shard.name, shard.layer)
    file = below(folder, f".earlier-{shard.name}")
    fetch(shard.first_published, shard.name, file)
    if sha256(file) != shard.sha256:
        raise ReleaseError(f"{shard.name} is not what the index says. Nothing was published.")
    found = of_shard(file, shard.name, shard.layer)
    file.unlink()
    return found
