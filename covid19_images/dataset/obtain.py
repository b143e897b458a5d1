"""Find the local copy of a release, or get one."""

import os
from pathlib import Path

from covid19_images.download.copy import LocalCopy, LocalCopyError, open_copy
from covid19_images.download.places import default_folder, mounted, release_folder
from covid19_images.download.progress import progress
from covid19_images.images.sizes import SIZES_PX
from covid19_images.release import index


def obtain(
    root: Path | str | None = None, version: str | None = None, *, size: int | None = None
) -> LocalCopy:
    """Open the local copy; download a release where there is none.

    Args:
        root: Its folder, or one of a release or of releases as they are published;
            `$COVID19_IMAGES_DIR` or the user's data folder by default, or what Kaggle mounted.
        version: The release wanted.
        size: Side of the squares that are wanted: where a release has them, they are all that is
            downloaded, because they are much smaller than the images.

    Raises:
        LocalCopyError: There is none and none can be had, it is broken, or it is another release.
    """
    folder = release_folder(Path(root) if root else _usual_folder())
    if not (folder / index.INDEX).exists():
        _download(folder, version, size)
    copy = open_copy(folder)
    if version and copy.version != version:
        raise LocalCopyError(
            f"{folder} holds release {copy.version}, and {version} was asked for. Nothing was "
            f"changed. Name another folder: root=…, or `covid19-images download --version "
            f"{version} DIR`."
        )
    return copy


def _usual_folder() -> Path:
    """Return where the copy is that nobody named: one that is there, or is mounted, first."""
    folder = default_folder()
    if os.environ.get("COVID19_IMAGES_DIR") or (release_folder(folder) / index.INDEX).exists():
        return folder
    return mounted() or folder


def stream(version: str | None = None, *, size: int | None = None) -> LocalCopy:
    """Open a release where it is published: at `$COVID19_IMAGES_FROM`, or where ours are.

    Args:
        version: The release wanted; the newest one by default.
        size: Side of the squares that are wanted.

    Raises:
        LocalCopyError: It cannot be had, or not be streamed.
    """
    from covid19_images.download.errors import ReleaseTroubleError  # noqa: PLC0415  asks servers
    from covid19_images.download.origin import LATEST  # noqa: PLC0415
    from covid19_images.download.stream import open_stream  # noqa: PLC0415

    try:
        with progress() as display:
            place = os.environ.get("COVID19_IMAGES_FROM")
            return open_stream(place, version or LATEST, size=size, progress=display)
    except ReleaseTroubleError as error:
        raise LocalCopyError(f"The collection cannot be streamed now: {error}") from None


def _download(folder: Path, version: str | None, size: int | None) -> None:
    """Download a release, from `$COVID19_IMAGES_FROM` or from where it is published."""
    from covid19_images.download.download import download  # noqa: PLC0415  asks servers
    from covid19_images.download.errors import ReleaseTroubleError  # noqa: PLC0415
    from covid19_images.download.lock import exclusive_lock  # noqa: PLC0415
    from covid19_images.download.origin import LATEST  # noqa: PLC0415
    from covid19_images.download.request import Request  # noqa: PLC0415
    from covid19_images.download.transfer import room_for  # noqa: PLC0415

    wanted = Request(
        origin=os.environ.get("COVID19_IMAGES_FROM"), size=size if size in SIZES_PX else None
    )
    try:
        with progress() as display, room_for(folder), exclusive_lock(folder, display):
            if (folder / index.INDEX).exists():
                return  # another process has fetched it meanwhile
            display.note(f"There is no copy of the collection in {folder}; downloading one.")
            download(folder, version=version or LATEST, request=wanted, progress=display)
    except ReleaseTroubleError as error:
        option = f"--version {version} " if version else ""
        raise LocalCopyError(
            f"There is no copy of the collection in {folder}, and it cannot be downloaded now: "
            f"{error} On a machine that is online run `covid19-images download {option}DIR`, and "
            "name that folder here: root=DIR or $COVID19_IMAGES_DIR."
        ) from None
