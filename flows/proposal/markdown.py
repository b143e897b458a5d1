"""Write the body of a pull request: what a reviewer needs first, and only what fits."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from covid19_images.manifest.record import Record
from flows.collection.questions import tallied
from flows.proposal.answers import Ignore, Judged, Rebuild, box
from flows.proposal.changes import NewDuplicate, SourceChange
from flows.proposal.record import SHEETS
from flows.proposal.section import LISTED, more, source_section
from flows.text.escape import code, text
from flows.text.plural import plural

# GitHub refuses a body of more than 65,536 characters. The forge adds ten sheets and the record,
# at most 15,000, so this leaves room for them.
MOST = 50_000
_DECIDE = 12_000  # of these, for the pairs to decide
_FEW = 20  # reasons and boxes: what is never left out must stay short

WARNING = (
    "For research, or for use together with medical professionals. A positive CT may show likely "
    "COVID-19; a negative one means nothing. Not for policy or initial diagnosis."
)
SUMMARY_HEADER = [
    "source",
    "what happened",
    "images",
    "new",
    "changed",
    "renamed",
    "removed",
    "relabelled",
    "duplicates",
]


@dataclass(frozen=True, slots=True)
class _Part:
    """A section, and the sentence that stands for it where there is no room.

    Attributes:
        words: The section.
        items: How many things it lists; 0 for what is listed elsewhere too.
        rank: Sections of a lower rank go first.
    """

    words: str
    items: int
    rank: int


def body(
    title: str,
    changes: Sequence[SourceChange],
    records: Sequence[Record],
    review_reasons: Sequence[str],
    *,
    look_at: Sequence[str] = (),
    ignore_days: int = 30,
    sections: Sequence[str] = (),
) -> str:
    """Write the body; whole sections are left out, smallest loss first, until it fits.

    Args:
        title: The night in one sentence.
        changes: What happened to each source.
        records: All rows of the collection after the night.
        review_reasons: Why a person should look before this is merged.
        look_at: What else a person may have to decide, counted; its sections stand further down.
        ignore_days: How long a source is left alone when its box is ticked.
        sections: What the night changed beside the sources; empty ones are left out.
    """
    head = [
        f"# {title}",
        *_review_notes(review_reasons),
        _summary(changes),
        *([f"**To look at:** {', '.join(look_at)}."] if look_at else []),
        *_decide(changes),
        SHEETS,
    ]
    parts = [_Part(source_section(change, level=2), _items(change), 1) for change in changes]
    parts = [part for part in parts if part.words]
    parts += [_Part(words.strip(), 0, 2) for words in sections if words]
    parts += [_Part(words, n, 2) for words, n in _problems(changes)]
    parts.append(_Part(_collection(records), 0, 0))
    tail = [_boxes(changes, ignore_days), f"_{WARNING}_"]
    room = MOST - sum(_length(words) + 2 for words in (*head, *tail))
    return "\n\n".join([*head, *_fitting(parts, room), *tail]) + "\n"


def _fitting(parts: Sequence[_Part], room: int) -> Iterator[str]:
    """Leave out the lowest rank first, and of one rank the longest."""
    kept = list(parts)
    room -= 100  # for the line about what was left out
    while kept and sum(_length(part.words) + 2 for part in kept) > room:
        kept.remove(min(kept, key=lambda part: (part.rank, -_length(part.words))))
    yield from (part.words for part in kept)
    if left := sum(part.items for part in parts if part not in kept):
        yield f"**Too much for this page: {more(left)}.**"


def _length(words: str) -> int:
    """Count as GitHub may: a character beyond the first plane is two."""
    return len(words.encode("utf-16-le", "surrogatepass")) // 2


def _review_notes(review_reasons: Sequence[str]) -> list[str]:
    lines = [f"> **Waits for review:** {text(reason)}" for reason in review_reasons[:_FEW]]
    rest = [f"> … and {more(len(review_reasons) - _FEW)}"] if len(review_reasons) > _FEW else []
    return ["\n>\n".join([*lines, *rest])] if lines else []


def _summary(changes: Sequence[SourceChange]) -> str:
    listed = sorted(changes, key=lambda change: not any(change.counts().values()))[:LISTED]
    names = {change.source.name for change in listed}
    shown = [change for change in changes if change.source.name in names]
    rows = [summary_row(change) for change in shown]
    # Three columns always, and of the counts those where something happened: it is a narrow page.
    columns = [i for i in range(len(SUMMARY_HEADER)) if i < 3 or any(row[i] for row in rows)]
    words = table([SUMMARY_HEADER[i] for i in columns], [[row[i] for i in columns] for row in rows])
    rest = len(changes) - len(shown)
    return f"{words}\n\n… and {more(rest, ' sources')}" if rest else words


def summary_row(change: SourceChange) -> list[object]:
    """Write the line of the summary table for one source."""
    what = code(change.says, most=100)
    return [text(change.source.name, most=60), what, change.images, *change.counts().values()]


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a Markdown table; numbers stand to the right."""
    body = [list(row) for row in rows]
    right = [all(isinstance(row[i], int) for row in body) for i in range(len(header))]
    lines = [header, ["---:" if r else "---" for r in right]]
    lines += [[f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row] for row in body]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _decide(changes: Sequence[SourceChange]) -> list[str]:
    """Format questions about the pairs no machine could decide, as many as fit."""
    pairs = [found for change in changes for found in change.undecided]
    if not pairs:
        return []
    asked: list[str] = []
    for found in pairs[:LISTED]:
        question = _question(found)
        if sum(map(_length, asked)) + _length(question) <= _DECIDE:
            asked.append(question)
    lead = (
        "Are these one picture? Tick an answer: the next night writes it into "
        "`config/decisions.toml`, and nobody is asked again."
    )
    rest = [f"… and {more(len(pairs) - len(asked), ' pairs')}"] if len(pairs) > len(asked) else []
    return ["\n\n".join(["## For you to decide", lead, *asked, *rest])]


def _question(found: NewDuplicate) -> str:
    a, b = found.answered_as or (found.copy, found.original)
    boxes = [
        box(Judged(a, b, "same"), "the same picture"),
        box(Judged(a, b, "different"), "not the same picture"),
    ]
    pair = f"{code(found.copy)} and {code(found.original)}{_evidence(found)}"
    return "\n".join([pair, "", *boxes])


def _evidence(found: NewDuplicate) -> str:
    pair = found.pair
    figures = [
        f"{pair.hamming_bits} of 256 bits apart" if pair.hamming_bits is not None else "",
        f"{pair.inliers} points agree" if pair.inliers is not None else "",
        f"correlation {pair.correlation:.2f}" if pair.correlation is not None else "",
    ]
    known = ", ".join(word for word in figures if word)
    return f": {known}" if known else ""


def _boxes(changes: Sequence[SourceChange], ignore_days: int) -> str:
    """Offer what else can be asked of the bot."""
    moved = [change.source.name for change in changes if change.moved]
    lines = [box(Rebuild(), "build this proposal anew, over what is on its branch")]
    lines += [
        box(Ignore(name), f"leave {text(name, most=60)} alone for {plural(ignore_days, 'days')}")
        for name in moved[:_FEW]
    ]
    if len(moved) > _FEW:
        rest = plural(len(moved) - _FEW, "other sources")
        lines.append(f"- … for the {rest} that moved, comment `/sync ignore NAME`")
    lead = "Tick a box, and the next night does it. `/sync help` in a comment tells what else."
    return "\n\n".join(["## Ask the bot", lead, "\n".join(lines)])


def _items(change: SourceChange) -> int:
    """Count what a source's section tells."""
    return sum(change.counts().values()) + len(change.undecided)


def _problems(changes: Sequence[SourceChange]) -> Iterator[tuple[str, int]]:
    found = [problem for change in changes for problem in change.problems]
    if not found:
        return
    kinds = Counter(problem.kind.replace("_", " ") for problem in found)
    counts = ", ".join(f"{n:,} {kind}" for kind, n in kinds.most_common())
    lines = []
    for problem in found[:LISTED]:
        where = f"{problem.file}:{problem.line}" if problem.line else problem.file
        lines.append(f"- {text(problem.source)}: {code(where)} {code(problem.what)}")
    if len(found) > LISTED:
        lines.append(f"- … and {more(len(found) - LISTED)}")
    heading = "## What could not be explained"
    lead = f"New in `datasets/problems.csv`: {counts}."
    yield "\n\n".join([heading, lead, "\n".join(lines)]), len(found)


def _collection(records: Sequence[Record]) -> str:
    by_source = tallied(records, "source")
    parts = ["## The collection after this", f"{plural(by_source.total(), 'images')}."]
    for column in ("source", "finding", "modality"):
        counted = sorted(tallied(records, column).items(), key=lambda item: (-item[1], item[0]))
        parts.append(table([column, "images"], [[text(word), n] for word, n in counted]))
    return "\n\n".join(parts)
