"""Write `docs/catalogue.md`: what each source holds, and on what its labels and licences rest."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from covid19_images.manifest.record import Record
from flows.config.source import Source
from flows.proposal.changes import tally
from flows.proposal.markdown import table
from flows.text.escape import code, text

_NAMED = 4  # findings or licences that are named
_HEADER = [
    "source",
    "pictures",
    "copies of others",
    "patients",
    "of these, with a basis",
    "findings",
    "label basis",
    "licence",
]
_TITLE = """# Catalogue

What every source holds, written by the bot with each proposal. Patients are counted by the ids that
upstreams publish; those *with a basis* have a finding, and somebody who says so. How a source is
described, and what becomes of it, is in [sources.md](sources.md).
"""


def catalogue(sources: Sequence[Source], records: Mapping[str, Sequence[Record]]) -> str:
    """Write the catalogue.

    Args:
        sources: All configured sources.
        records: The rows of each.
    """
    ordered = sorted(sources, key=lambda source: source.order)
    rows = [_row(source, records.get(source.name, ())) for source in ordered]
    total = [row for source in ordered for row in _active(records.get(source.name, ()))]
    kept = sum(row.duplicate_of is None or row.duplicate_kind == "part" for row in total)
    listed = f"{len(sources):,} sources, {kept:,} different pictures among {len(total):,} images."
    whose = [f"- {code(one.name)}: {text(one.title)}, by {text(one.owner)}" for one in ordered]
    parts = [_TITLE.rstrip(), listed, table(_HEADER, rows), "## Whose they are", "\n".join(whose)]
    return "\n\n".join(parts) + "\n"


def _row(source: Source, rows: Sequence[Record]) -> list[object]:
    there = _active(rows)
    if not there:
        return [code(source.name), "not imported yet", *[""] * 5, _licence(source, ())]
    copies = [row for row in there if _is_of_another(row)]
    patients = {row.patient_id for row in there if row.patient_id}
    based = {row.patient_id for row in there if row.patient_id and row.finding and row.label_basis}
    return [
        code(source.name),
        len(there),
        f"{len(copies) / len(there):.0%}",
        len(patients),
        len(based),
        _named(tally(there, "finding")),
        _named(tally(there, "label_basis")),
        _licence(source, there),
    ]


def _active(rows: Iterable[Record]) -> list[Record]:
    return [row for row in rows if row.status == "active"]


def _is_of_another(row: Record) -> bool:
    kept = row.duplicate_of
    return kept is not None and kept.partition("/")[0] != row.source


def _named(counts: Counter[str]) -> str:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    listed = ", ".join(f"{text(word)} {n:,}" for word, n in ordered[:_NAMED])
    rest = len(ordered) - _NAMED
    return f"{listed} and {rest:,} more" if rest > 0 else listed


def _licence(source: Source, rows: Sequence[Record]) -> str:
    counts = Counter(row.licence or "NOASSERTION" for row in rows) or Counter([source.licence])
    listed = ", ".join(
        text(name) for name, _ in sorted(counts.items(), key=lambda i: (-i[1], i[0]))
    )
    if source.licence_claimed:
        listed += f"; {text(source.licence_claimed)} is claimed by the collector"
    return listed
