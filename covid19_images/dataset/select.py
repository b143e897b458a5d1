"""Choose images of a local copy: what every loader starts from."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Unpack

from covid19_images.dataset.arguments import SelectionError
from covid19_images.dataset.balance import balance
from covid19_images.dataset.filters import known_in
from covid19_images.dataset.obtain import obtain, stream
from covid19_images.dataset.options import Asked, ModalityName, Options, Split, read
from covid19_images.dataset.parts import SIDES, in_parts, sides_of
from covid19_images.dataset.selection import Selection
from covid19_images.download.copy import LocalCopy
from covid19_images.manifest.record import Record
from covid19_images.manifest.statements.carried import carried
from covid19_images.manifest.statements.conflicts import in_doubt
from covid19_images.release.row import Row


def select(
    modality: ModalityName | str = "all", split: Split = None, **options: Unpack[Options]
) -> Selection:
    """Choose images of the local copy; download one where there is none.

    Args:
        modality: `xray`, `ct`, `other` or `all`.
        split: `train`, `validation` or `test`, several of them (`train+test`, or a list), or a part
            of one (`train[:75%]`), which parts no patient; all three by default.
        label: `covid`, `findings`, `coarse2`, `coarse3`, `coarse4` or `raw`; one finding, or a list
            of findings; see docs/labels.md.
        size: Side of the squares in pixels: 224 and 512 are ready in a release, others are
            computed. `None` for the pictures' own sizes.
        sources: Names of sources; all by default.
        version: The release wanted; whatever is there, or the newest one.
        augment: `light`, `standard` (or True) or `strong`, an `Augment`, or any function of one
            picture; for training only.
        root: Folder of the local copy; `$COVID19_IMAGES_DIR` or the user's data folder by default.
        unknown: What to do with images of which the label knows nothing: `drop` or `keep`.
        copies: Whether copies of other pictures are given too.
        seed: Of everything that is drawn.
        cache: Whether squares are kept ready in a file; if not, every picture is decoded and
            resized each time.
        view: `PA`, `AP`, `LATERAL` …, or a list of them.
        sex: `M`, `F` or `O`, or a list of them.
        age: A range of years as (18, 90), both ends included; either may be `None`.
        patients: Identifiers of patients, as the manifest has them.
        finding: Words of the manifest's column; an image with any of them is given.
        quality: Notes about the picture, such as `annotated`; with a minus, pictures without it.
        licence: SPDX names, or `redistributable`.
        label_basis: What the label rests on: `rt_pcr`, `radiologist` …, or a list of them.
        disputed: What to do with images about whose finding their own source contradicts itself,
            in copies of one picture: `drop` or `keep`.
        balance: `source` for a subset in which sources and labels are independent, in every split:
            what is left out for it is counted by source and class.
        stream: Whether pictures are read where they are published, as they are asked for, and
            nothing is downloaded first; see docs/loaders.md.

    Raises:
        SelectionError: Nothing matches, or there is no such thing to choose.
        LocalCopyError: There is no local copy, and none can be had.
        TypeError: There is no such option.
    """
    asked = read(modality, split, options)
    version = options.get("version")
    if asked.stream:
        copy = stream(version, size=asked.size)
    else:
        copy = obtain(options.get("root"), version, size=asked.size)
    _known_sources(copy, asked.sources)
    carry = carried(copy.records, copy.decided)
    known_in((_as_carried(row, carry) for row in copy.rows.values()), options)
    left: Counter[str] = Counter()
    records = tuple(_matching(copy, asked, carry, left))
    if asked.is_balanced:
        balanced = balance(records, asked.label, asked.seed)
        records, left = balanced.records, left + balanced.left_out
    chosen = Selection(
        records=records,
        label=asked.label,
        size=asked.size,
        splits=sides_of(asked.parts),
        copy=copy,
        augmentation=asked.drawn,
        seed=asked.seed,
        cache=asked.cache,
        left_out=left,
        copies=asked.copies,
    )
    return chosen if chosen.records else _nothing(chosen, asked.modality)


def _matching(
    copy: LocalCopy, asked: Asked, carry: Mapping[str, Record], left: Counter[str]
) -> Iterable[Record]:
    """Yield the rows that are asked for, and count by reason what is left out of them."""
    keys = in_parts(copy.records, asked.parts)
    doubtful = frozenset() if asked.keep_disputed else in_doubt(copy.records)
    for record in copy.records:
        is_asked = (
            record.key in keys
            and (asked.kinds is None or record.modality in asked.kinds)
            and (not asked.sources or record.source in asked.sources)
        )
        if is_asked:
            row = _as_carried(copy.rows[record.key], carry)
            reason = _reason(row, copy, asked)
            if reason is None and record.key in doubtful and record.key not in copy.decided:
                reason = "with copies of another finding (label_conflict)"
            if reason is None:
                yield row.record
            else:
                left[reason] += 1


def _as_carried(row: Row, carry: Mapping[str, Record]) -> Row:
    """Return a row with the values that count; `copy.rows` has what its source states."""
    record = carry.get(row.record.key)
    return replace(row, record=record) if record else row


def _reason(row: Row, copy: LocalCopy, asked: Asked) -> str | None:
    """Return why a row is left out; `None` where it is not."""
    record = row.record
    for name, passes in asked.filters.items():
        if not passes(row):
            return f"of another {name}, or without one"
    if not asked.copies and record.duplicate_of:
        return "copies of others"
    if not asked.keep_unknown and not asked.label.known(record):
        return f"without a known {asked.label.name}"
    if copy.is_streamed and not copy.holds(record):
        return "not in the release itself (covid19-images download fetches them from their owners)"
    if not copy.holds(record):
        return "not in this copy (covid19-images download --pointers fetches them)"
    return None


def _known_sources(copy: LocalCopy, asked: Iterable[str]) -> None:
    known = {record.source for record in copy.records}
    strange = sorted(set(asked) - known)
    if strange:
        raise SelectionError(
            f"{copy.folder} has no source {strange[0]!r}; it has {', '.join(sorted(known))}."
        )


def _nothing(chosen: Selection, modality: str) -> Selection:
    left = "; ".join(f"{n:,} {reason}" for reason, n in sorted(chosen.left_out.items()))
    counts = Counter(record.split for record in chosen.copy.records if record.status == "active")
    there = ", ".join(f"{side} {counts[side]:,}" for side in SIDES)  # type: ignore[index]
    raise SelectionError(
        f"No image of {', '.join(chosen.splits)} with modality {modality} can be given from "
        f"{chosen.copy.folder}. Its active images: {there}."
        + (f" Left out: {left}." if left else "")
    )
