"""Describe in words what a disk did: it is full, or it does not let us."""

import errno
import os
import re
import signal
import sqlite3

import git

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_CLOSED = (errno.EACCES, errno.EPERM, errno.EROFS)
_IN_THE_WAY = (errno.EEXIST, errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.ENOTDIR)
_SQLITE_FULL = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
_NO_ROOM = re.compile(
    r"no space left|file too large|quota exceeded|no usable temporary", re.IGNORECASE
)
_BEGUN = "What was begun is made good by the next run."


def as_words(error: OSError | sqlite3.Error | git.GitCommandError) -> str | None:
    """Return what to do about an error of the disk; `None` where it was something else.

    >>> as_words(OSError(errno.ENOSPC, "No space left on device", "/x"))
    'The disk is full (No space left on device: /x). Make room and run again. What was begun is made good by the next run.'
    """  # noqa: E501  one line of output
    message = _message(error)
    if _full(error, message):
        return f"The disk is full ({message}). Make room and run again. {_BEGUN}"
    if isinstance(error, OSError) and error.errno in _CLOSED:
        return f"No permission ({message}). Give it back to the user who runs this. {_BEGUN}"
    if isinstance(error, OSError) and error.errno in _IN_THE_WAY:
        return (
            f"Something is where a file or folder of another kind must be ({message}). Move it "
            f"away, or name another place. {_BEGUN}"
        )
    return None


def _full(error: Exception, message: str) -> bool:
    if isinstance(error, OSError) and error.errno in _FULL:
        return True
    if getattr(error, "sqlite_errorcode", 0) & 0xFF in _SQLITE_FULL:
        return True
    if isinstance(error, git.GitCommandError) and error.status == -signal.SIGXFSZ:
        return True
    return bool(_NO_ROOM.search(message))


def _message(error: Exception) -> str:
    if isinstance(error, git.GitCommandError):
        return " ".join(str(error.stderr).split())[-200:] or f"git ended with {error.status}"
    if isinstance(error, OSError) and error.errno is not None:
        words = os.strerror(error.errno)
        return f"{words}: {error.filename}" if error.filename else words
    return str(error)
