"""What the user of a copy should know of its release: withdrawn pictures, conflicts, shortcuts."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from covid19_images.download.contents import staged
from covid19_images.download.request import Request
from covid19_images.manifest.record import is_withdrawn
from covid19_images.manifest.statements import conflicts
from covid19_images.manifest.statements.conflicts import Conflict
from covid19_images.manifest.table import ManifestError
from covid19_images.release.index import Index, is_version, version_key
from covid19_images.release.row import Row


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """One image that a copy had, and that nobody should use any more.

    Attributes:
        key: Its row, `source/path`.
        why: Who withdrew what when.
    """

    key: str
    why: str


@dataclass(frozen=True, slots=True)
class Attention:
    """What a download says beside its result.

    Attributes:
        withdrawn: Images that were withdrawn, or are held with one, since the copy's release.
        conflicts: What sources state of one picture that cannot both hold, where that is new.
        known_conflicts: How many more the copy's release had already.
        shortcuts: What tells labels of training sets without the lungs.
    """

    withdrawn: tuple[Withdrawn, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    known_conflicts: int = 0
    shortcuts: tuple[str, ...] = ()


def attention(
    folder: Path, index: Index, found: Sequence[Row], request: Request, before: str | None
) -> Attention:
    """Compare a release that is on its way with the one that a folder is a copy of.

    Args:
        folder: The local copy.
        index: What the release holds.
        found: Its manifest.
        request: What of it is wanted; about other images nothing is said.
        before: The release that the folder is a copy of.
    """
    wanted = {row.record.key: row for row in found if request.wants(row)}
    now = [
        one
        for one in _conflicts(staged(folder, conflicts.FILE))
        if one.a in wanted or one.b in wanted
    ]
    new = conflicts.fresh(_conflicts(folder / conflicts.FILE), now)
    gone = [row for row in wanted.values() if before and _is_gone_since(row, before)]
    return Attention(
        tuple(Withdrawn(r.record.key, r.record.status_reason or r.record.status) for r in gone),
        tuple(new),
        len(now) - len(new),
        index.shortcuts,
    )


def _is_gone_since(row: Row, before: str) -> bool:
    if (
        not is_withdrawn(row.record)
        or not is_version(row.added_in)
        or not is_version(row.changed_in)
    ):
        return False
    return version_key(row.added_in) <= version_key(before) < version_key(row.changed_in)


def _conflicts(file: Path) -> list[Conflict]:
    """Read a list of conflicts; none where a release is older than that, or the file is damaged."""
    try:
        return conflicts.loads(file.read_bytes().decode("utf-8"))
    except (FileNotFoundError, UnicodeDecodeError, ManifestError):
        return []
