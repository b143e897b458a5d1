"""A file is whole or not there, and others may read it."""

from pathlib import Path

import pytest

from covid19_images.manifest import whole


def test_a_file_is_written_and_may_be_read_by_everybody(tmp_path: Path) -> None:
    file = tmp_path / "folder" / "file"
    whole.write(file, b"new")
    assert file.read_bytes() == b"new"
    assert file.stat().st_mode & 0o777 == 0o644
    assert list(file.parent.iterdir()) == [file]


def _half(file: Path) -> None:
    with whole.replacing(file) as part:
        part.write_bytes(b"half")
        raise OSError("full")


def test_what_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"old")
    with pytest.raises(OSError, match="full"):
        _half(file)
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]
