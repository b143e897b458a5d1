"""List in the data card what sources of a release state of one picture that cannot both hold."""

from collections import Counter
from collections.abc import Mapping, Sequence

from covid19_images.manifest.statements.conflicts import Conflict, Decided, conflicts
from covid19_images.release.row import Row
from flows.night.context import RunContext
from flows.proposal.markdown import table
from flows.text.escape import code, text
from flows.text.plural import plural

_LISTED = 200
_MOST = 100  # characters of a cell
_LEAD = (
    "Copies of one picture whose sources state what cannot both be true. The source nearest to the"
    " owner counts, and a person before every source; where one source contradicts itself nobody"
    " can tell, and loaders leave the picture out."
)


def of_rows(
    rows: Sequence[Row], context: RunContext, paths: Mapping[str, str]
) -> tuple[Conflict, ...]:
    """Return the conflicts of a release.

    Args:
        rows: Its manifest, with names as they are published.
        context: The configuration, and what is known of copies beside what rows say.
        paths: The published path of each row, by its key, where that is another.
    """
    config, records = context.config, context.base.records.values()
    every = [record for some in records for record in some]
    public = {r.key: f"{r.source}/{paths.get(r.key, r.path)}" for r in every}
    copies = [
        (public.get(pair.a, pair.a), public.get(pair.b, pair.b))
        for pair in context.base.pairs
        if pair.kind not in ("undecided", "part")
    ]
    ids = {record.key: record.image_id for record in every}  # a decision may name a hidden path
    decided = [
        Decided(ids.get(one.image) or one.image, one.value, one.by)
        for one in config.decisions.finding
    ]
    released = [row.record for row in rows]
    return tuple(conflicts(released, config.order, copies=copies, decided=decided))


def section(found: Sequence[Conflict]) -> str:
    """Write the section of the card."""
    if not found:
        return "No two sources contradict each other about a picture."
    counts = Counter(one.field for one in found)
    fields = ", ".join(f"{word} {n:,}" for word, n in sorted(counts.items()))
    rows = [_cells(one) for one in found[:_LISTED]]
    parts = [_LEAD, f"{plural(len(found), 'conflicts')}: {fields}.", table(_HEADER, rows)]
    left = len(found) - _LISTED
    return "\n\n".join([*parts, *([f"… and {left:,} more"] if left > 0 else [])])


_HEADER = ["field", "one", "states", "the other", "states", "counts", "by"]


def _cells(one: Conflict) -> list[str]:
    return [
        one.field,
        code(one.a, most=_MOST),
        text(one.a_value, most=_MOST),
        code(one.b, most=_MOST),
        text(one.b_value, most=_MOST),
        text(one.counts or "in doubt", most=_MOST),
        text(one.by or "", most=_MOST),
    ]
