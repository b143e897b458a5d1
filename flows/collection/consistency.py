"""Check that the rows which a run would write do not contradict each other."""

from collections.abc import Mapping, Sequence

from covid19_images.manifest.record import Record
from covid19_images.manifest.table import validate
from flows.collection.questions import Together, by_key, holding, moved

Rows = Mapping[str, Sequence[Record]]


class InconsistentRowsError(Exception):
    """Raised when a run of ours made rows that contradict each other: a bug, nothing is written."""


def new_contradictions(before: Rows, after: Rows) -> list[str]:
    """List, as sentences, what is inconsistent after a run and was not so before.

    Rows of a source that are the base's own are right as they were, unless what they are copies of
    is gone: so all others are looked at.

    Args:
        before: The base rows, by source.
        after: The rows now, by source.
    """
    old, new = moved(before, after)
    gone = {row.key for row in old} - {row.key for row in new}
    others = Together({name: rows for name, rows in after.items() if rows is before.get(name)})
    hanging = list(holding(others, {"duplicate_of": gone}))
    named = {row.duplicate_of for row in (*old, *new, *hanging) if row.duplicate_of}
    elsewhere = by_key(others, named).keys()
    known = set(validate([*old, *hanging], beside=elsewhere))
    now = validate([*new, *hanging], beside=elsewhere)
    return [sentence for sentence in now if sentence not in known]


def check_rows(before: Rows, after: Rows) -> None:
    """Raise an error where rows contradict each other that did not before.

    Raises:
        InconsistentRowsError: With the first of them.
    """
    if wrong := new_contradictions(before, after):
        raise InconsistentRowsError(
            f"{wrong[0]} Nothing was proposed, because these rows cannot be right. This is a "
            f"mistake of the program ({len(wrong):,} like it): please report it."
        )
