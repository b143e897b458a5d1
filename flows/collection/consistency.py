"""Check that the rows which a run would write do not contradict each other."""

from collections.abc import Iterable, Mapping

from covid19_images.manifest.record import Record
from covid19_images.manifest.table import validate

Rows = Mapping[str, Iterable[Record]]


class InconsistentRowsError(Exception):
    """Raised when a run of ours made rows that contradict each other: a bug, nothing is written."""


def new_contradictions(before: Rows, after: Rows) -> list[str]:
    """List, as sentences, what is inconsistent after a run and was not so before.

    Args:
        before: The base rows, by source.
        after: The rows now, by source.
    """
    known = set(validate(record for rows in before.values() for record in rows))
    now = validate(record for rows in after.values() for record in rows)
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
