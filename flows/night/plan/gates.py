"""Hold what is not plausible: say, in words, where a night leaves what a source expects."""

from collections import Counter
from collections.abc import Sequence

from covid19_images.manifest.record import Record
from flows.collection.lives import NO_LONGER_TAKEN
from flows.config.expect import Expect
from flows.config.policy import Policy
from flows.proposal.changes import RowChanges, left_out

_FEW = 3  # images that may change without a question, however few there are


def outside(
    expect: Expect, changed: RowChanges, before: Sequence[Record], now: Sequence[Record]
) -> tuple[str, ...]:
    """Return a sentence for each bound that a night exceeds.

    Args:
        expect: The bounds.
        changed: What changed among the rows.
        before: The rows before.
        now: The rows now.
    """
    images = sum(record.status != "withdrawn" for record in now)
    arrived = len(changed.added) if before else 0  # a first import was asked for by a person
    altered = len(changed.modified) + len(changed.relabelled)
    reasons = [
        _over(len(changed.removed), expect.max_removed, "images gone", "max_removed"),
        _over(altered, expect.max_changed, "images changed", "max_changed"),
        _over(arrived, expect.max_new, "new images", "max_new"),
    ]
    if expect.min_images is not None and images < expect.min_images:
        reasons.append(f"images left: {images:,} (expect.min_images is {expect.min_images:,})")
    if odd := _odd_types(expect, changed):
        reasons.append(f"kinds of file that are not in expect.media_types: {odd}")
    return tuple(filter(None, reasons))


def beyond_shares(policy: Policy, changed: RowChanges, before: Sequence[Record]) -> tuple[str, ...]:
    """Return a sentence for each share of a source that a night changes and that is not usual.

    Args:
        policy: The shares.
        changed: What changed among the rows.
        before: The rows before.
    """
    untaken = sum(map(left_out, changed.removed))
    gone, relabelled = len(changed.removed) - untaken, len(changed.relabelled)
    files = [*changed.added, *(change.after for change in changed.modified)]
    refused = sum(row is not None and row.status == "refused" for row in files)
    reasons = []
    if _many(gone, policy.hold_removed_share, len(before)):
        reasons.append(f"{gone:,} of {len(before):,} images are gone upstream")
    if _many(untaken, policy.hold_removed_share, len(before)):
        reasons.append(f"{untaken:,} of {len(before):,} images are {NO_LONGER_TAKEN}")
    if _many(relabelled, policy.hold_relabelled_share, len(before)):
        reasons.append(f"{relabelled:,} of {len(before):,} images have other labels now")
    if _many(refused, policy.hold_refused_share, len(files)):
        reasons.append(f"{refused:,} of {len(files):,} new files cannot be read")
    return tuple(reasons)


def _many(count: int, share: float, of: int) -> bool:
    return count > _FEW and count > share * of


def _over(count: int, most: int | None, what: str, key: str) -> str:
    if most is None or count <= most:
        return ""
    return f"{what}: {count:,} (expect.{key} is {most:,})"


def _odd_types(expect: Expect, changed: RowChanges) -> str:
    if not expect.media_types:
        return ""
    arrived = (*changed.added, *(change.after for change in changed.modified))
    odd = Counter(
        row.media_type
        for row in arrived
        if row and row.media_type not in (*expect.media_types, None)
    )
    return ", ".join(f"{kind} ({count:,})" for kind, count in sorted(odd.items()))
