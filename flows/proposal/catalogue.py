"""Write `docs/catalogue.md`: what each source holds, and on what its labels and licences rest."""

from collections import Counter
from collections.abc import Mapping, Sequence

from covid19_images.manifest.record import Record
from flows.collection.questions import Together, counted, different, tallied
from flows.config.source import Source
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
    every = Together({one.name: records.get(one.name, ()) for one in ordered})
    kinds = counted(every, ["duplicate_kind"])
    kept, total = kinds[None,] + kinds["part",], kinds.total()
    listed = f"{len(sources):,} sources, {kept:,} different pictures among {total:,} images."
    whose = [f"- {code(one.name)}: {text(one.title)}, by {text(one.owner)}" for one in ordered]
    parts = [_TITLE.rstrip(), listed, table(_HEADER, rows), "## Whose they are", "\n".join(whose)]
    return "\n\n".join(parts) + "\n"


def _row(source: Source, rows: Sequence[Record]) -> list[object]:
    there = counted(rows, []).total()
    if not there:
        return [code(source.name), "not imported yet", *[""] * 5, _licence(source, ())]
    copies = counted(rows, ["duplicate_of"]).items()
    of_others = sum(number for (kept,), number in copies if _is_of_another(kept, source.name))
    return [
        code(source.name),
        there,
        f"{of_others / there:.0%}",
        different(rows, "patient_id"),
        different(rows, "patient_id", beside=["finding", "label_basis"]),
        _named(tallied(rows, "finding")),
        _named(tallied(rows, "label_basis")),
        _licence(source, rows),
    ]


def _is_of_another(kept: str | None, source: str) -> bool:
    return kept is not None and kept.partition("/")[0] != source


def _named(counts: Counter[str]) -> str:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    listed = ", ".join(f"{text(word)} {n:,}" for word, n in ordered[:_NAMED])
    rest = len(ordered) - _NAMED
    return f"{listed} and {rest:,} more" if rest > 0 else listed


def _licence(source: Source, rows: Sequence[Record]) -> str:
    counts: Counter[str] = Counter()
    for (licence,), number in counted(rows, ["licence"]).items():
        counts[licence or "NOASSERTION"] += number
    counts = counts or Counter([source.licence])
    listed = ", ".join(
        text(name) for name, _ in sorted(counts.items(), key=lambda i: (-i[1], i[0]))
    )
    if source.licence_claimed:
        listed += f"; {text(source.licence_claimed)} is claimed by the collector"
    return listed
