"""List the copies of volumes that a night found, and those that are none any more."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from covid19_images.manifest.volume_pair import VolumePairRow
from flows.text.escape import code

_LEAD = (
    "Volumes of one scan, and pictures that are slices of one. They are in one group, and the one "
    "named last is kept. If two are different scans, say so in `[[pairs]]` of "
    "`config/decisions.toml`."
)
_LISTED = 20
_MADE: Mapping[str, str] = {
    "voxels": "the same voxels as",
    "resampled": "resampled from",
    "windowed": "other grey levels of",
    "cropped": "cropped from",
    "part": "a part of the slices of",
    "flipped": "a mirror image of",
    "slice": "a slice of",
    "unknown": "by a person's word a copy of",
}


@dataclass(frozen=True, slots=True)
class CopiesReport:
    """How the pairs of volumes differ from before.

    Attributes:
        found: New pairs.
        gone: Pairs that are none any more, though both sides may be there.
    """

    found: tuple[VolumePairRow, ...] = ()
    gone: tuple[VolumePairRow, ...] = ()


def report_copies(before: Iterable[VolumePairRow], after: Iterable[VolumePairRow]) -> CopiesReport:
    """Compare the pairs of volumes before and after a night.

    Args:
        before: Those of the base.
        after: Those now.
    """
    old, new = ({pair.key: pair for pair in pairs} for pairs in (before, after))
    return CopiesReport(
        tuple(pair for key, pair in sorted(new.items()) if key not in old),
        tuple(pair for key, pair in sorted(old.items()) if key not in new),
    )


def items(report: CopiesReport, keys: Mapping[str, str]) -> list[str]:
    """List the copies that are new and those that are none any more, in Markdown.

    Args:
        report: They.
        keys: What stands for keys that are not shown.
    """
    listed = lines(report, keys)
    more = len(listed) - _LISTED
    rest = [f"- … and {more:,} more in datasets/volume_pairs.csv"] if more > 0 else []
    return listed[:_LISTED] + rest


def lines(report: CopiesReport, keys: Mapping[str, str] = MappingProxyType({})) -> list[str]:
    """Return a line of Markdown for each pair that is new, or none any more; see `items`."""
    return list(_items(report, keys))


def as_json(report: CopiesReport, keys: Mapping[str, str]) -> Mapping[str, Any]:
    """Return what belongs in CHANGES.json, whole; nothing where nothing changed.

    Args:
        report: Which pairs are new, and which are none any more.
        keys: What stands for keys that are not shown.
    """
    parts = {
        "volume_copies": [
            {
                **_sides(pair, keys),
                "kind": pair.kind,
                "kept": pair.kept,
                "affine": pair.affine,
                "decided_by": pair.decided_by,
            }
            for pair in report.found
        ],
        "volume_copies_no_longer": [_sides(pair, keys) for pair in report.gone],
    }
    return {name: listed for name, listed in parts.items() if listed}


def _sides(pair: VolumePairRow, keys: Mapping[str, str]) -> dict[str, str]:
    return {"a": keys.get(pair.a, pair.a), "b": keys.get(pair.b, pair.b), "b_is": pair.b_is}


def _items(report: CopiesReport, keys: Mapping[str, str]) -> Iterator[str]:
    for pair in report.found:
        copy, kept = (pair.b, pair.a) if pair.kept == "a" else (pair.a, pair.b)
        yield f"- {_shown(copy, keys)}: {_MADE[pair.kind]} {_shown(kept, keys)}"
    for pair in report.gone:
        yield f"- No copies any more: {_shown(pair.a, keys)}, {_shown(pair.b, keys)}"


def _shown(key: str, keys: Mapping[str, str]) -> str:
    return code(keys.get(key, key))


def section(report: CopiesReport, keys: Mapping[str, str]) -> str:
    """Write the section of a proposal's body; empty where nothing changed."""
    listed = items(report, keys)
    return "\n".join(["## Copies of volumes", "", _LEAD, "", *listed, ""]) if listed else ""


def changes(report: CopiesReport, keys: Mapping[str, str]) -> str:
    """Write what belongs in CHANGES.md; empty where nothing changed."""
    listed = items(report, keys)
    return "\n".join(["### Copies of volumes", "", *listed, ""]) if listed else ""
