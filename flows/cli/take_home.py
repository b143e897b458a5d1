"""End the demo where researchers begin: a release, a copy of it, its counts and its pictures."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import covid19_images as c19
from covid19_images.download.download import download
from covid19_images.download.request import Request
from flows.collection.checkout import Checkout
from flows.config import load
from flows.night.run import open_run
from flows.publish import release
from flows.publish.folder import FolderPublisher

COPY, MONTAGE, PLANES = "copy", "montage.png", "planes.png"
_ROWS, _COLUMNS, _PLANE_PX = 2, 6, 256


def take_home(collection: Path, folder: Path, now: dt.datetime, say: Callable[[str], None]) -> str:
    """Release what a collection holds, download it, and draw some of its pictures, and its volumes.

    Args:
        collection: A clone of the collection.
        folder: Where the copy and the sheets go.
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
    sheet = c19.montage("xray", root=copy, unknown="keep", rows=_ROWS, columns=_COLUMNS)
    sheet.save(folder / MONTAGE)
    planes = c19.montage(
        "ct", volumes=True, tile=_PLANE_PX, masks="lung", root=copy, unknown="keep"
    )
    planes.save(folder / PLANES)
    table = c19.summary("all", root=copy, unknown="keep", cache=False)
    return table.reset_index().to_string(index=False)
