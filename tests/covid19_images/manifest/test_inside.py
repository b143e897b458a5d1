"""Writing below a folder: 0 bytes outside, whatever a path says."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from covid19_images.manifest.inside import EscapeError, below

PIECES = [
    "..",
    ".",
    "",
    "/",
    "\\",
    "a",
    "C:",
    "x.png",
    "\0",
    "\n",
    "link",
    "file",
    ".git",
    "~",
    "é",
]
PATHS = st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=6).flatmap(
    lambda parts: st.sampled_from(["/".join(parts), "".join(parts), "\\".join(parts)])
)


@given(PATHS)
def test_nothing_is_written_outside(path: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        top = Path(name).resolve()
        folder, outside = top / "folder", top / "outside"
        folder.mkdir()
        outside.mkdir()
        (folder / "link").symlink_to(outside)
        (folder / "file").symlink_to(outside / "target")
        try:
            target = below(folder, path)
        except EscapeError:
            return
        assert target.is_relative_to(folder)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(b"x")
        except OSError:
            return  # a name that is too long, or one that is taken
        assert not list(outside.iterdir())
        assert set(top.iterdir()) == {folder, outside}


@pytest.mark.parametrize("path", ["link/x", "file", "../x", "/x", "a/../../x", "C:/x", "a:b", ""])
def test_a_way_out_is_named(path: str, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/tmp")
    (tmp_path / "file").symlink_to(tmp_path.parent / "elsewhere")
    with pytest.raises(EscapeError):
        below(tmp_path, path)


def test_the_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    assert below(tmp_path / "link", "a/b.png") == tmp_path / "link" / "a/b.png"
