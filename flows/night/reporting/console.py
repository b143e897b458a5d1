"""Format the report of a run: a line per source for people, one JSON object for programs."""

from covid19_images.manifest.document import document
from flows.night.run import Report
from flows.proposal.changes import SourceChange, amounts
from flows.text.escape import log_line
from flows.text.plural import plural
from flows.upstream.outcome import Failure, Rewritten


def lines(report: Report) -> list[str]:
    """Write one line per source, why it waits for a person if it does, and a summary sentence."""
    width = max((len(change.source.name) for change in report.changes), default=0)
    printed = []
    for change in report.changes:
        printed.append(f"{change.source.name:<{width}}  {_line(change)}")
        if change.review_reason:
            printed.append(f"{'':<{width}}  waits for a person: {change.review_reason}")
    printed += ["", f"{report.headline}.", report.applied.message]
    if report.applied.where:
        printed.append(f"See {report.applied.where}")
    return [log_line(line) for line in printed]


def _line(change: SourceChange) -> str:
    counts = amounts([change])
    if change.undecided:
        counts.append(f"{plural(len(change.undecided), 'pairs')} to decide")
    if change.problems:
        counts.append(f"{plural(len(change.problems), 'problems')} to look at")
    images = f" ({plural(change.images, 'images')})" if change.images else ""
    line = f"{change.says}{images}"
    if change.source.fsck_ignore:
        line += f" (flaws let pass: {', '.join(change.source.fsck_ignore)})"
    return f"{line}: {', '.join(counts)}" if counts else line


def needs_a_person(report: Report) -> bool:
    """Return whether a source did not answer, rewrote its history or has a refused file.

    The same where the proposal itself could not be sent to the forge.
    """
    return report.applied.action == "failed" or any(
        isinstance(change.outcome, Failure | Rewritten)
        or any(record.status == "refused" for record in change.added)
        for change in report.changes
    )


def as_json(report: Report) -> str:
    """Write the same for programs."""
    sources = [
        {
            "source": change.source.name,
            "outcome": type(change.outcome).__name__,
            "says": change.says,
            "old": change.old,
            "new": change.new,
            "images": change.images,
            **{words.replace(" ", "_"): n for words, n in change.counts().items()},
            "problems": len(change.problems),
            "held": change.review_reason,
            "fsck_ignore": list(change.source.fsck_ignore),
        }
        for change in report.changes
    ]
    applied = {"action": report.applied.action, "where": report.applied.where}
    values = {"headline": report.headline, "sources": sources, "applied": applied}
    return document(values, indent=2)
