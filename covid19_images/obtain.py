"""Find the local copy of a release, or get one."""

from pathlib import Path

from covid19_images.release import index
from covid19_images.release.local import LocalCopy, LocalCopyError, default_folder, open_copy


def obtain(root: Path | str | None = None, version: str | None = None) -> LocalCopy:
    """Open the local copy; download a release where there is none.

    Args:
        root: Its folder; `$COVID19_IMAGES_DIR` or the user's data folder unless told.
        version: The release wanted.

    Raises:
        LocalCopyError: There is none and none can be had, it is broken, or it is another release.
    """
    folder = Path(root) if root else default_folder()
    if not (folder / index.INDEX).exists():
        _download(folder, version)
    copy = open_copy(folder)
    if version and copy.version != version:
        raise LocalCopyError(
            f"{folder} holds release {copy.version}, and {version} was asked for. Nothing was "
            f"changed. Name another folder: root=…, or `covid19-images download --version "
            f"{version} DIR`."
        )
    return copy


def _download(folder: Path, version: str | None) -> None:
    wanted = f"--version {version} " if version else ""
    raise LocalCopyError(
        f"There is no copy of the collection in {folder}. Run "
        f"`covid19-images download {wanted}{folder}`, or name the folder that has one: root=… or "
        "$COVID19_IMAGES_DIR."
    )
