"""What a full or closed disk is called."""

import errno
import sqlite3
from pathlib import Path

import git
import pytest

from flows.cli.disk_errors import as_words

FULL = (
    "The disk is full ({}). Make room and run again. What was begun is made good by the next run."
)


def test_a_full_disk_is_said_with_the_file() -> None:
    error = OSError(errno.EFBIG, "File too large", "/x/y")
    assert as_words(error) == FULL.format("File too large: /x/y")


def test_a_database_that_cannot_grow_is_a_full_disk(tmp_path: Path) -> None:
    db = sqlite3.connect(tmp_path / "small.sqlite")
    db.execute("PRAGMA max_page_count = 1")
    with pytest.raises(sqlite3.OperationalError) as caught:
        db.execute("CREATE TABLE a (b)")
    db.close()
    assert as_words(caught.value) == FULL.format("database or disk is full")


def test_git_that_finds_no_room_is_a_full_disk() -> None:
    error = git.GitCommandError(["git"], 128, b"error: unable to write: No space left on device")
    assert "No space left on device" in str(as_words(error))


def test_a_closed_folder_is_said() -> None:
    words = as_words(PermissionError(errno.EACCES, "Permission denied", "/x"))
    assert words is not None
    assert words.startswith("No permission (Permission denied: /x).")


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ECONNRESET, "Connection reset by peer"),
        sqlite3.OperationalError("database is locked"),
        git.GitCommandError(["git"], 1, b"fatal: bad object"),
    ],
)
def test_other_errors_stay_bugs(error: OSError) -> None:
    assert as_words(error) is None
