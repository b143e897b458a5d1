"""See a selection of the collection as an audit does: as the squares that a model is given."""

from covid19_images.checks.shortcuts.outside import look
from covid19_images.checks.shortcuts.subject import Subject
from covid19_images.dataset.labels import Label
from covid19_images.dataset.selection import Selection
from covid19_images.download.squares import Levels, Say
from covid19_images.duplicates.folder import at_once
from covid19_images.manifest.record import Record


def of_record(record: Record, label: Label, picture: Levels | None) -> Subject:
    """Return one row as an audit sees it.

    Args:
        record: The row.
        label: How it is labelled.
        picture: Its grey levels, where they are to be looked at.
    """
    return Subject(
        labels=frozenset(label.words(record)),
        split=record.split or "none",
        source=record.source,
        group=record.group or record.patient_id or record.key,
        width=record.width,
        height=record.height,
        bytes=record.bytes,
        bit_depth=record.bit_depth,
        media_type=record.media_type,
        outside=None if picture is None else look(picture),
    )


def of_selection(chosen: Selection, say: Say) -> list[Subject]:
    """Return the pictures of a selection, never augmented.

    Args:
        chosen: What is audited.
        say: Called with the progress.
    """
    chosen.prepared()
    found = []
    with at_once() as threads:

        def one(at: int) -> Subject:
            return of_record(chosen.records[at], chosen.label, chosen.plain(at))

        for done, subject in enumerate(threads.map(one, range(len(chosen))), start=1):
            say("Looking at pictures", done, len(chosen))
            found.append(subject)
    return found
