"""List in a proposal which statements of one picture cannot both hold, where that is new."""

from collections import Counter
from collections.abc import Collection as Keys
from collections.abc import Iterable, Mapping, Sequence

from covid19_images.manifest.record import Record
from covid19_images.manifest.statements.conflicts import Conflict, Decided, conflicts
from flows.collection.duplicates import Pair
from flows.collection.questions import by_key
from flows.config.decisions import Finding
from flows.config.source import Source
from flows.proposal.changes import SourceChange
from flows.text.escape import code
from flows.text.plural import plural

_LISTED = 40
_LEAD = (
    "Copies of one picture whose sources say what cannot both be true. Until a person decides, the "
    "source nearest to the owner counts, and none where it contradicts itself. `[[finding]]` in "
    "`config/decisions.toml` decides about a finding, and nobody is asked again. All of them stand "
    "in `datasets/conflicts.csv`."
)


def all_conflicts(
    records: Iterable[Record],
    pairs: Iterable[Pair],
    sources: Sequence[Source],
    findings: Sequence[Finding] = (),
) -> list[Conflict]:
    """Return every conflict of a collection.

    Args:
        records: All rows.
        pairs: All pairs of copies; undecided ones and parts count for nothing here.
        sources: All configured sources, which give the order.
        findings: What people decided.
    """
    copies = [(pair.a, pair.b) for pair in pairs if pair.kind not in ("undecided", "part")]
    order = {source.name: source.order for source in sources}
    decided = [Decided(one.image, one.value, one.by) for one in findings]
    return conflicts(records, order, copies=copies, decided=decided)


def conflicts_after(
    before: Iterable[Conflict],
    records: Sequence[Record],
    pairs: Iterable[Pair],
    sources: Sequence[Source],
    findings: Sequence[Finding] = (),
    *,
    touched: Keys[str] | None = None,
) -> list[Conflict]:
    """Return every conflict of a collection, of which only some rows may be other than before.

    Args:
        before: The conflicts before.
        records: All rows.
        pairs: All pairs of copies.
        sources: All configured sources, which give the order.
        findings: What people decided.
        touched: Keys of the rows that may be other, with all that they are copies of; `None` for
            all rows.
    """
    if touched is None:
        return all_conflicts(records, pairs, sources, findings)
    rows = by_key(records, touched).values()
    links = [pair for pair in pairs if pair.a in touched]
    anew = all_conflicts(rows, links, sources, findings)
    kept = [one for one in before if one.a not in touched]
    return sorted([*kept, *anew], key=lambda c: (c.field, c.a, c.b))


def section(
    found: Sequence[Conflict], changes: Iterable[SourceChange], shown: Mapping[str, str]
) -> str:
    """Write the section of a proposal's body; empty where no conflict is new.

    Args:
        found: The new conflicts.
        changes: What happened to each source: a correction is said to be one.
        shown: What stands for a key that is not shown.
    """
    if not found:
        return ""
    corrected = {
        change.after.key for one in changes for change in one.relabelled if change.after is not None
    }
    counts = ", ".join(
        f"{word} {n:,}" for word, n in sorted(Counter(c.field for c in found).items())
    )
    lines = [_line(one, corrected, shown) for one in found[:_LISTED]]
    if len(found) > _LISTED:
        lines.append(f"- … and {len(found) - _LISTED:,} more in `datasets/conflicts.csv`")
    head = f"## {plural(len(found), 'new conflicts')}: {counts}"
    return "\n".join([head, "", _LEAD, "", *lines, ""])


def _line(one: Conflict, corrected: set[str], shown: Mapping[str, str]) -> str:
    a, b = (code(shown.get(key, key)) for key in (one.a, one.b))
    counts = f"; {code(one.counts)} counts ({code(one.by or '')})" if one.counts else "; in doubt"
    changed = [shown.get(key, key) for key in (one.a, one.b) if key in corrected]
    travels = f". Corrected tonight: {', '.join(map(code, changed))}" if changed else ""
    sentence = f"{a} says {code(one.a_value)}, {b} says {code(one.b_value)}"
    return f"- {one.field}: {sentence}{counts}{travels}"
