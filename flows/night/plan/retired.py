"""List what became of sources that are configured no longer."""

from collections.abc import Mapping, Sequence

from covid19_images.manifest.record import Record
from flows.collection.state import State
from flows.config.source import Files, Source
from flows.night.context import RunContext
from flows.proposal.changes import SourceChange, rows
from flows.proposal.modules import urls
from flows.upstream.outcome import Retired


def retirements(
    context: RunContext, after: Mapping[str, Sequence[Record]]
) -> tuple[SourceChange, ...]:
    """Return what happened to each source that a run retires.

    Args:
        context: Configuration, base state and cache paths.
        after: The rows of each source after the run.
    """
    names = context.settled.retired if context.settled else ()
    return tuple(_retirement(context, name, after) for name in names)


def _retirement(
    context: RunContext, name: str, after: Mapping[str, Sequence[Record]]
) -> SourceChange:
    before = context.written.records.get(name, ())
    gone = rows(before, after.get(name, ()), None)
    outcome = Retired(len(gone.removed), _handed_back(context.written, name, after))
    reason = f"it is {_UNCONFIGURED.format(len(gone.removed), name)}" if gone.removed else None
    return SourceChange(
        source=_remembered(context.written, name),
        outcome=outcome,
        removed=gone.removed,
        server=context.github_server,
        review_reason=reason,
    )


_UNCONFIGURED = (
    "no longer configured, so its {:,} images are withdrawn; where that was not meant, put "
    "config/sources/{}.toml back"
)


def _handed_back(before: State, name: str, after: Mapping[str, Sequence[Record]]) -> int:
    """Count the pictures that were copies of a source's own and are kept now."""
    kept = {row.key for some in after.values() for row in some if row.duplicate_of is None}
    copies = (row for some in before.records.values() for row in some if row.duplicate_of)
    own = [
        row for row in copies if row.source != name and str(row.duplicate_of).startswith(f"{name}/")
    ]
    return sum(row.key in kept and row.duplicate_kind != "part" for row in own)


def _remembered(before: State, name: str) -> Source:
    """Return as much as is known of a source without configuration."""
    return Source(
        name=name,
        title=name,
        owner="somebody whose configuration is gone",
        url=urls(before.gitmodules).get(name, ""),
        order=0,
        files=Files(images=("*",)),
    )
