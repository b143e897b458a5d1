"""List in a proposal which copies are held because their picture was withdrawn or taken down."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from covid19_images.manifest.record import Record
from flows.text.escape import code
from flows.text.plural import plural

_LISTED = 40
_LEAD = (
    "They are copies or parts of pictures that an upstream withdrew or a person took down: they "
    "leave the next release, and `update` removes them. A copy that may stay, because the picture "
    "was only renamed or replaced by a better one, needs a `[[keep]]` in `config/decisions.toml`."
)


@dataclass(frozen=True, slots=True)
class HoldReport:
    """What a proposal says about held copies.

    Attributes:
        held: Rows that are held from now on.
        lifted: Rows that were held before and are in use again.
    """

    held: tuple[Record, ...] = ()
    lifted: tuple[Record, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.held or self.lifted)

    @property
    def headline(self) -> str:
        """Return the number of pictures held, as the end of a title; empty where there are none."""
        parts = [f"{plural(len(self.held), 'pictures')} held"] if self.held else []
        parts += [f"{plural(len(self.lifted), 'pictures')} held no longer"] if self.lifted else []
        return "".join(f"; {words}" for words in parts)


def report_holds(before: Iterable[Record], after: Iterable[Record]) -> HoldReport:
    """Compare what is held before and after a night.

    Args:
        before: All rows of the base.
        after: All rows now.
    """
    old = {row.key: row for row in before}
    held, lifted = [], []
    for row in sorted(after, key=lambda row: row.key):
        was_held = row.key in old and old[row.key].status == "held"
        if row.status == "held" and not was_held:
            held.append(row)
        elif was_held and row.status in ("active", "quarantined"):
            lifted.append(row)
    return HoldReport(tuple(held), tuple(lifted))


def items(report: HoldReport) -> list[str]:
    """List what is held and what no longer is, in Markdown."""
    lines = list(_items(report))
    more = len(lines) - _LISTED
    return lines[:_LISTED] + ([f"- … and {more:,} more in CHANGES.json"] if more > 0 else [])


def _items(report: HoldReport) -> Iterator[str]:
    yield from (f"- Held {code(r.key)}: {code(r.status_reason or '')}" for r in report.held)
    yield from (f"- Held no longer: {code(r.key)}" for r in report.lifted)


def section(report: HoldReport) -> str:
    """Write the section of a proposal's body; empty where nothing changed."""
    if not report:
        return ""
    return "\n".join(["## Withdrawn pictures", "", _LEAD, "", *items(report), ""])


def changes(report: HoldReport) -> str:
    """Write what belongs in CHANGES.md; empty where nothing changed."""
    return "\n".join(["### Withdrawn pictures", "", *items(report), ""]) if report else ""


def as_json(report: HoldReport) -> Mapping[str, Any]:
    """Return what belongs in CHANGES.json, whole; nothing where nothing changed."""
    if not report:
        return {}
    return {
        "held": [
            {"source": r.source, "path": r.path, "image_id": r.image_id, "why": r.status_reason}
            for r in report.held
        ],
        "held_no_longer": [
            {"source": r.source, "path": r.path, "image_id": r.image_id} for r in report.lifted
        ],
    }
