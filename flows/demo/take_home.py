"""End the demo where researchers begin: a release, a copy of it, its counts and its pictures."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

from covid19_images.dataset.overview import counts, montage
from covid19_images.dataset.select import select
from covid19_images.download.download import download
from covid19_images.download.request import Request
from flows.collection.checkout import Checkout
from flows.config import load
from flows.night.run import open_run
from flows.publish import release
from flows.publish.folder import FolderPublisher

COPY, MONTAGE = "copy", "montage.png"
_ROWS, _COLUMNS = 2, 6


def take_home(collection: Path, folder: Path, now: dt.datetime, say: Callable[[str], None]) -> str:
    """Release what a collection holds, download it, and draw some of its pictures.

    Args:
        collection: A clone of the collection.
        folder: Where the copy and the sheet go.
        now: The time, for the version.
        say: Called with what is being done.

    Returns:
        The counts by source, class and split, as a table.
    """
    config = load.load(collection / "config")
    context, _ = open_run(Checkout(collection), config, folder / "cache")
    releases = collection / config.policy.release.folder
    say("Releasing what is merged")
    release.run(context, FolderPublisher(releases), now)
    say("Downloading the release, as a researcher does")
    copy = folder / COPY
    download(copy, request=Request(origin=str(releases.resolve())))
    sheet = montage("xray", root=copy, unknown="keep", rows=_ROWS, columns=_COLUMNS)
    sheet.save(folder / MONTAGE)
    table = counts(select("all", root=copy, unknown="keep", cache=False))
    return table.reset_index().to_string(index=False)
