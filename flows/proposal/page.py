"""Draw a proposal as one self-contained page."""

from collections.abc import Sequence

import jinja2

from covid19_images.records import Record
from flows.copies import Pair
from flows.proposal.changes import SourceChange, plural, tally
from flows.proposal.markdown import SUMMARY_HEADER, WARNING
from flows.upstream.outcome import describe

_LISTED = 500  # rows of one list; the page stays light, the manifest has everything

_TEMPLATES = jinja2.Environment(
    loader=jinja2.PackageLoader("flows.proposal", "."),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(
    title: str,
    changes: Sequence[SourceChange],
    records: Sequence[Record],
    pairs: Sequence[Pair],
    held: Sequence[str],
) -> str:
    """Write the page; it asks nothing of the network."""
    active = [record for record in records if record.status == "active"]
    return _TEMPLATES.get_template("page.html.j2").render(
        title=title,
        held=held,
        header=SUMMARY_HEADER,
        rows=[(c, describe(c.outcome), list(c.counts().values())) for c in changes],
        changes=changes,
        images=plural(len(active), "images"),
        pairs=plural(len(pairs), "pairs"),
        listed=_LISTED,
        warning=WARNING,
        shown=_shown,
        tallies=[(column, _bars(active, column)) for column in ("source", "finding", "modality")],
    )


def _shown(record: Record, column: str) -> str:
    value = getattr(record, column)
    words = ", ".join(value) if isinstance(value, tuple) else value
    return "not told" if words in (None, "") else str(words)


def _bars(records: Sequence[Record], column: str) -> list[tuple[str, int, float]]:
    """Count rows by a column, with the width of each bar in percent of the widest."""
    counts = sorted(tally(records, column).items(), key=lambda item: (-item[1], item[0]))
    most = counts[0][1] if counts else 1
    return [(word, n, round(100 * n / most, 1)) for word, n in counts]
