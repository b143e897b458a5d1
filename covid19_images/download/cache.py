"""Where things are kept that can be made again: in the copy, or beside it where it is read-only."""

import hashlib
import os
from pathlib import Path

import platformdirs

CACHE = "cache"
VARIABLE = "COVID19_IMAGES_CACHE"


def cache_folder(folder: Path) -> Path:
    """Return the cache of a local copy; it need not be there yet.

    It is `DIR/cache` where that can be written. A copy that cannot (of a cluster, Kaggle or a
    container) has a folder of its own in `$COVID19_IMAGES_CACHE` or the user's cache folder; the
    variable, where it is set, counts for every copy.

    Args:
        folder: The local copy.
    """
    within = folder / CACHE
    named = os.environ.get(VARIABLE)
    if not named and os.access(within if within.exists() else folder, os.W_OK | os.X_OK):
        return within
    place = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:16]
    base = Path(named) if named else platformdirs.user_cache_path("covid19-images", appauthor=False)
    return base / f"copy-{place}"
