"""Run git on repositories that are not ours, with nothing inherited and nothing executed.

The git command line is used rather than a library because partial clones, batched object
requests and `cat-file --batch` exist only there.
"""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

_SETTINGS = {
    "core.hooksPath": os.devnull,
    "core.symlinks": "false",
    "core.quotePath": "false",
    "fetch.negotiationAlgorithm": "noop",
    "fetch.writeCommitGraph": "false",
    "gc.auto": "0",
    "http.lowSpeedLimit": "1000",
    "http.lowSpeedTime": "60",
    "maintenance.auto": "false",
    "submodule.recurse": "false",
}


class GitError(Exception):
    """Say which git command failed and what it said."""

    def __init__(self, args: Sequence[str], stderr: str, *, timed_out: bool = False) -> None:
        """Keep the command and what it said; both, so that the error can leave a process."""
        super().__init__(tuple(args), stderr)
        self.stderr = stderr.strip()
        self.timed_out = timed_out

    def __str__(self) -> str:
        return f"git {self.args[0][0]}: {self.stderr[-500:] or 'failed without a message'}"


def environment(protocols: Sequence[str] = ()) -> dict[str, str]:
    """Build the environment git runs in.

    Args:
        protocols: Transports git may use. None, the default, also keeps a partial clone from
            fetching missing objects behind our back, one at a time.
    """
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "SSH_ASKPASS"))}
    return inherited | {
        "GIT_ALLOW_PROTOCOL": ":".join(protocols) or "none",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_LFS_SKIP_SMUDGE": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_SSH_COMMAND": "ssh -oBatchMode=yes",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
    }


def command(args: Sequence[str]) -> list[str]:
    """Put the fixed settings in front of a git command."""
    settings = [part for key, value in _SETTINGS.items() for part in ("-c", f"{key}={value}")]
    return ["git", *settings, *args]


def call(
    *args: str,
    folder: Path | None = None,
    stdin: bytes = b"",
    protocols: Sequence[str] = (),
    extra: Mapping[str, str] | None = None,
    timeout_s: float = 600,
) -> bytes:
    """Run one git command and return what it prints.

    Args:
        *args: The command and its arguments, one each.
        folder: The repository it runs in.
        stdin: What it reads.
        protocols: Transports it may use; none unless told.
        extra: More variables for this one command; tokens reach git this way and no other.
        timeout_s: Seconds after which it is killed.

    Raises:
        GitError: When git exits with a failure or takes too long.
    """
    try:
        done = subprocess.run(
            command(args),
            cwd=folder,
            input=stdin,
            env=environment(protocols) | dict(extra or {}),
            capture_output=True,
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise GitError(args, f"no answer within {timeout_s:.0f} s", timed_out=True) from None
    except (NotADirectoryError, PermissionError) as error:  # the folder is not what it should be
        raise GitError(args, f"fatal: {error.strerror}: {error.filename}") from None
    if done.returncode:
        raise GitError(args, done.stderr.decode("utf-8", "replace"))
    return done.stdout


def line(*args: str, folder: Path) -> str:
    """Run one git command that prints one line.

    Raises:
        GitError: When git fails.
    """
    return call(*args, folder=folder).decode("utf-8", "replace").strip()


def succeeds(*args: str, folder: Path) -> bool:
    """Tell whether one git command exits with success."""
    try:
        call(*args, folder=folder)
    except GitError:
        return False
    return True
