"""What a person who releases should see of it: shortcuts, conflicts, and withdrawn pictures."""

from covid19_images.manifest.record import is_withdrawn
from covid19_images.manifest.statements.conflicts import fresh
from flows.publish.assemble import Release
from flows.publish.card.withdrawn import counted
from flows.publish.select import Previous


def noticed(release: Release, previous: Previous | None) -> tuple[str, ...]:
    """Return a sentence for each; nothing where there is nothing to see.

    Args:
        release: The release.
        previous: The release before.
    """
    known = (
        {row.record.key for row in previous.rows if is_withdrawn(row.record)} if previous else ()
    )
    gone = [row.record for row in release.rows if is_withdrawn(row.record)]
    new = [record for record in gone if record.key not in known]
    lines = [release.dois.why] if release.dois.why else []
    lines += [f"Shortcut: {sentence}" for sentence in release.index.shortcuts]
    if release.conflicts:
        since = len(fresh(release.earlier_conflicts, release.conflicts))
        count = f"{len(release.conflicts):,}, {since:,} of them new"
        lines.append(f"Conflicts between statements: {count}. conflicts.csv and card.md list them.")
    if new:
        lines.append(f"New among the withdrawn pictures: {counted(new)}. card.md lists them.")
    return tuple(lines)
