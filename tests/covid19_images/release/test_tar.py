"""Members of tars that somebody else made: names are identifiers, or the tar is not read."""

import io
import tarfile
from pathlib import Path

import pytest

from covid19_images.release import tar


def _packed(folder: Path, *names: str) -> Path:
    file = folder / "images-set-00000.tar"
    with tarfile.open(file, "w") as packed:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size = 3
            packed.addfile(member, io.BytesIO(b"abc"))
    return file


@pytest.mark.parametrize(
    "name", ["../../evil", "/etc/passwd", "a/b.png", "--help", "a\nb.png", ".hidden", "a" * 300]
)
def test_a_member_whose_name_leads_anywhere_makes_the_tar_unreadable(
    name: str, tmp_path: Path
) -> None:
    with pytest.raises(tarfile.ReadError, match="has a member called"):
        tar.read(_packed(tmp_path, "c19-0123456789abcdef.png", name), "c19-0123456789abcdef.png")


def test_members_are_read_by_their_names(tmp_path: Path) -> None:
    file = _packed(tmp_path, "c19-0123456789abcdef.png", "c19-0123456789abcdef.json")
    assert tar.read(file, "c19-0123456789abcdef.json") == b"abc"
    assert tar.read(file, "c19-ffffffffffffffff.png") is None
