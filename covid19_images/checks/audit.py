"""What could a model learn of these pictures instead of disease? An audit of any set.

    c19.audit("my/pictures")                         # class folders, or a table with labels
    c19.audit(c19.select("xray", balance="source"))  # what a loader gives

Simple models see only what is not lungs: the name of the source, size and type of the file, the
border, text markers, the brightness, and the picture with the lungs blackened. As far as they tell
a label, so may any network.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from threadpoolctl import threadpool_limits

from covid19_images.checks.shortcuts import listed
from covid19_images.checks.shortcuts.listed import Listed, SetError
from covid19_images.checks.shortcuts.measure import measure
from covid19_images.checks.shortcuts.of_selection import of_selection
from covid19_images.checks.shortcuts.pictures import Looked, look_at
from covid19_images.checks.shortcuts.subject import Subject
from covid19_images.checks.shortcuts.verdict import Audit
from covid19_images.dataset.select import select
from covid19_images.dataset.selection import Selection
from covid19_images.download.progress import progress
from covid19_images.download.squares import Say
from covid19_images.duplicates.folder import paths_below
from covid19_images.release.index import INDEX, MANIFEST


def audit(
    place: Path | str | Selection,
    *,
    label: str | None = None,
    pictures: Path | str | None = None,
    balance: str | None = None,
) -> Audit:
    """Measure how well labels are predicted without the lungs.

    Args:
        place: A selection; a folder of pictures, with tables at its top that name them (`path`,
            `label`, `source`, `split`, `patient_id`) or with a folder for each class; one such
            table; a local copy of the collection.
        label: The column of labels in a table; of a local copy, how images are labelled.
        pictures: The folder that a table's paths are below; its own by default.
        balance: Of a local copy: `source` for a subset in which sources and labels are independent.

    Raises:
        SetError: There are no pictures there, or none with a label.
        SelectionError: A local copy has nothing to choose so.
        LocalCopyError: A local copy cannot be read.
    """
    with progress() as say:
        if isinstance(place, Selection):
            return audit_selection(place, say)
        at = Path(place)
        copy = at.parent if at.name == MANIFEST else at
        if (copy / INDEX).is_file():
            chosen = select(root=copy, label=label or "covid", balance=balance)
            return audit_selection(chosen, say)
        if balance is not None:
            raise SetError(f"{at} is no local copy of the collection; only of one a part is taken.")
        folder, named = _named(at, label)
        return _audited(look_at(Path(pictures or folder), named, say))


def audit_selection(chosen: Selection, say: Say) -> Audit:
    """Audit what a loader gives.

    Args:
        chosen: The selection.
        say: Called with the progress.
    """
    return of_subjects(of_selection(chosen, say), chosen.left_out)


def of_subjects(subjects: Sequence[Subject], left_out: Counter[str] | None = None) -> Audit:
    """Audit pictures that were looked at before.

    Args:
        subjects: The pictures.
        left_out: How many others were left out, by reason.
    """
    with threadpool_limits(1):  # many small systems of equations: more threads only wait
        figures = measure(subjects)
    return Audit(tuple(figures), len(subjects), tuple(sorted((left_out or {}).items())))


def _audited(looked: Looked) -> Audit:
    if not looked.subjects:
        reasons = ", ".join(f"{n:,} {why}" for why, n in sorted(looked.left_out.items()))
        raise SetError(f"No picture can be audited: {reasons or 'none is named'}.")
    return of_subjects(looked.subjects, looked.left_out)


def _named(place: Path, label: str | None) -> tuple[Path, list[Listed]]:
    """Return the folder of a set, and the pictures it names."""
    if place.is_file():
        return place.parent, listed.in_tables([place], label)
    if not place.is_dir():
        raise SetError(f"There is no folder and no table {place}.")
    tables = sorted(path for path in place.iterdir() if listed.is_table(path))
    if tables:
        return place, listed.in_tables(tables, label)
    found = listed.in_folders(sorted(paths_below(place)))
    if not found:
        raise SetError(
            f"{place} has no table of labels and no folder for each class. Name a CSV file with "
            "the columns path and label, better with source, split and patient_id too."
        )
    return place, found
