"""Find the copies among the pictures of a local copy of the collection."""

from collections.abc import Callable
from pathlib import Path

from covid19_images.checks.features import features
from covid19_images.download.copy import open_copy
from covid19_images.duplicates.found import Found, found_among
from covid19_images.duplicates.picture import of_record
from covid19_images.release.index import INDEX, MANIFEST


def is_copy(place: Path) -> bool:
    """Return whether a path is a local copy, or the manifest of one."""
    folder = place.parent if place.name == MANIFEST else place
    return (folder / INDEX).is_file()


def find_in_copy(place: Path, *, say: Callable[[int, int], None]) -> Found:
    """Compare all pictures that a local copy holds; they are named `source/path`.

    Args:
        place: Folder of the local copy, or the manifest in it.
        say: Called with how many pictures are described, and of how many.

    Raises:
        LocalCopyError: It cannot be read.
    """
    copy = open_copy(place.parent if place.name == MANIFEST else place)
    present = [r for r in copy.records if r.image_id and copy.holds(r) and "blank" not in r.quality]
    known = features(copy, present, lambda _, done, total: say(done, total))
    items = {record.key: of_record(record, known[str(record.image_id)]) for record in present}
    return found_among(items)
