"""Why a copy does not have a picture, and what to do."""

from pathlib import Path

from covid19_images.release.row import Row


def absent(folder: Path, row: Row) -> str:
    """Return it in a sentence.

    Args:
        folder: The copy.
        row: The picture's row in it.
    """
    record = row.record
    if row.shard:
        return (
            f"{record.key} is in {row.shard}, which this copy does not hold. Run "
            f"`covid19-images download {folder}` with what you want of the release."
        )
    if row.pointer_url and record.status == "active":
        return (
            f"{record.key} is not shipped, because its licence ({record.licence}) does not let "
            f"us; its owner has it. Run `covid19-images download {folder}` to fetch it."
        )
    return f"{record.key} has no picture: its status is {record.status}."
