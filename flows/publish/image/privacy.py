"""The privacy gate: nothing that identifies a person reaches an asset.

It looks at finished bytes and knows nothing of how they were made, so that a mistake of the
processing does not hide itself.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from covid19_images.duplicates.features import Features
from covid19_images.images.decode import media_type
from covid19_images.release import tar as members
from covid19_images.release.row import Row
from flows.publish.image import mask
from flows.publish.image.proof import foreign_parts
from flows.text.names import free_texts, may_tell, shown_text

_MEMBER = re.compile(r"c19-[0-9a-f]{16}(-\d{4,})?\.(png|jpg|8bit\.png|json)")
_MASK = re.compile(r"mask-[0-9a-f]{40}([0-9a-f]{24})?\.(png|nii\.gz)")
_FEATURES = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?\.features")
_NUMBER = r"-?\d[\d.e+-]*"
_HEX = "[0-9a-f]+"
_FACTS = {
    "image_id": "c19-" + _HEX,
    "source": r"[A-Za-z0-9][A-Za-z0-9._-]*",
    "blob": _HEX,
    "sha256": _HEX,
    "pixels_sha256": _HEX,
    "media_type": r"(image|application)/[a-z-]+",
    "licence": r"[A-Za-z0-9.+-]+",
} | dict.fromkeys(
    (
        "width",
        "height",
        "bit_depth",
        "black",
        "white",
        "frame",
        "frames",
        "value_step",
        "value_offset",
        "rescale_slope",
        "rescale_intercept",
    ),
    _NUMBER,
)
"""What the JSON beside an image may say, and in which form."""


def in_member(name: str, content: bytes) -> Iterator[str]:
    """List what must not be in a shard, for one member."""
    if _FEATURES.fullmatch(name):
        try:
            frame = Features.from_bytes(content).frame
        except ValueError:
            frame = b""
        if media_type(frame) != "image/jpeg":
            yield f"{name}: no features"
        yield from (f"{name}: {what}" for what in foreign_parts(frame, media_type(frame)))
        return
    is_mask = _MASK.fullmatch(name) is not None
    if is_mask and name.endswith(".nii.gz"):
        yield from (f"{name}: {what}" for what in mask.foreign_parts(content))
        return
    if not _MEMBER.fullmatch(name) and not is_mask:
        yield f"{name!r} is not named by its content"
        if may_tell(name):
            yield f"{name!r} has a name that may identify a person"
    if name.endswith(".json"):
        yield from (f"{name}: the JSON tells {key!r}" for key in _odd_keys(content))
        return
    yield from (f"{name}: {what}" for what in foreign_parts(content, media_type(content)))


def _odd_keys(content: bytes) -> list[str]:
    try:
        facts = json.loads(content)
    except ValueError:
        return ["something that is no JSON"]
    if not isinstance(facts, dict):
        return ["no object"]
    return sorted(
        key
        for key, value in facts.items()
        if key not in _FACTS or not re.fullmatch(_FACTS[key], str(value))
    )


def in_shard(tar: Path) -> list[str]:
    """List what must not be in a shard."""
    found = []
    for name in members.spans(tar):
        content = members.read(tar, name) or b""
        found += [f"{tar.name}: {problem}" for problem in in_member(name, content)]
    return found


def in_rows(rows: Iterable[Row], harmless: Mapping[str, Sequence[str]]) -> list[str]:
    """List rows of a manifest whose names or notes may identify a person, without repeating them.

    Args:
        rows: The manifest.
        harmless: By source, the rules for names that are known to identify nobody.
    """
    found = []
    for row in rows:
        record = row.record
        which = f"manifest: a row of {record.source} (blob {record.blob[:12]}) has"
        if any(may_tell(path, harmless.get(source, ())) for source, path in _paths(row)):
            found.append(f"{which} a file name that may identify a person")
        found += [
            f"{which} {column} that may identify a person"
            for column, text in free_texts(record).items()
            if shown_text(text) != text
        ]
    return found


def _paths(row: Row) -> Iterator[tuple[str, str]]:
    record = row.record
    yield record.source, record.path
    source, _, path = (record.duplicate_of or "").partition("/")
    yield source, path
    url = urlsplit(row.pointer_url or "")
    if row.commit and row.commit in url.path:  # …/OWNER/NAME/COMMIT/PATH
        yield record.source, unquote(url.path.partition(row.commit)[2].strip("/"))
