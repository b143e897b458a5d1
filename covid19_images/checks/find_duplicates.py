"""Find the copies among the pictures of any folder."""

from pathlib import Path

from covid19_images.duplicates.folder import RefusedFile, Say, read_folder
from covid19_images.duplicates.found import Found, found_among
from covid19_images.duplicates.picture import Item


def find_duplicates(
    folder: Path | str, *, workers: int | None = None, say: Say = lambda _done, _all: None
) -> Found:
    """Find the copies among all files below a folder, or in a local copy of the collection.

    Args:
        folder: Where to look; links are not followed, hidden files and folders are left out. A
            local copy, or the manifest in it, is known by its index.
        workers: Threads; one per core by default.
        say: Called after every few files with how many are read, and of how many.

    Raises:
        NotADirectoryError: When there is no such folder.
    """
    from covid19_images.checks import copy_duplicates  # noqa: PLC0415  only a copy needs it

    if copy_duplicates.is_copy(Path(folder)):
        return copy_duplicates.find_in_copy(Path(folder), say=say)
    read = read_folder(folder, workers=workers, say=say)
    items = {item.key: item for item in read if isinstance(item, Item)}
    return found_among(
        items, (one for one in read if isinstance(one, RefusedFile)), workers=workers
    )
