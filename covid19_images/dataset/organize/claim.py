"""Mark a folder as ours, so that a run goes on where one stopped, and nothing else is changed."""

from pathlib import Path

MARKER = ".covid19-images.json"


class OrganizeError(Exception):
    """Raised for a folder that cannot be written: why, and what to do."""


def claim(folder: Path, choice: str) -> None:
    """Make a folder, and mark it as ours, or recognise it.

    Args:
        folder: New, empty, or one that was begun with the same choice.
        choice: All that decides what is written there.

    Raises:
        OrganizeError: It holds something else, or cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _mark(folder, choice)
    except OSError as error:
        raise OrganizeError(
            f"{folder} cannot be written: {error.strerror}. Nothing was written. Name another one."
        ) from None


def _mark(folder: Path, choice: str) -> None:
    marker = folder / MARKER
    if marker.exists():
        if marker.read_text(encoding="utf-8") == choice:
            return
        raise OrganizeError(
            f"{folder} was organised from another release or another choice of images. Nothing was "
            "changed. Name a new folder, or remove that one first."
        )
    if any(folder.iterdir()):
        raise OrganizeError(
            f"{folder} holds files that are not ours. Nothing was changed. Name an empty folder."
        )
    marker.write_text(choice, encoding="utf-8", newline="\n")
