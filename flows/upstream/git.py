"""Run git on repositories that are not ours, with nothing inherited and nothing executed.

The git command line is used rather than a library because partial clones, batched object
requests and `cat-file --batch` exist only there.
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from flows.sandbox.limits import Bounds, Result, file_bytes_in_force, run
from flows.sandbox.secrets import SECRET

_SETTINGS = {
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "core.symlinks": "false",
    "core.quotePath": "false",
    "credential.helper": "",
    "fetch.negotiationAlgorithm": "noop",
    "fetch.uriProtocols": "",
    "fetch.writeCommitGraph": "false",
    "gc.auto": "0",
    "http.followRedirects": "false",  # see flows.upstream.redirects
    "http.lowSpeedLimit": "1000",
    "http.lowSpeedTime": "60",
    "maintenance.auto": "false",
    "init.templateDir": "",
    "promisor.acceptFromServer": "none",
    "submodule.recurse": "false",
    "transfer.bundleURI": "false",
}
_STARTED_BY_GIT = Path(__file__).with_name("started_by_git")
_OWN = ("GIT_", "SSH_ASKPASS")
_TOO_LARGE = (f"died of signal {signal.SIGXFSZ:d}", "File too large")
# The second is curl's, where the answer that it unpacks finds no memory; git writes none to disk.
_NO_MEMORY = ("ut of memory", "Failed writing received data")
_UNSOUND = ("fsck error", "maximum allowed tree depth")


class GitError(Exception):
    """Raised when a git command failed; says which, and its last words on stderr."""

    def __init__(self, args: Sequence[str], stderr: str, *, timed_out: bool = False) -> None:
        """Keep the command and its output; both, so that the error can leave a process."""
        super().__init__(tuple(args), stderr)
        self.stderr = stderr.strip()
        self.timed_out = timed_out

    def __str__(self) -> str:
        return f"git {self.args[0][0]}: {self.stderr[-500:] or 'failed without a message'}"


class UnacceptableError(GitError):
    """Raised when what an upstream sent is unsound, or more than we accept."""


def environment(protocols: Sequence[str] = ()) -> dict[str, str]:
    """Build the environment git runs in.

    Args:
        protocols: Transports git may use; none by default.
    """
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_OWN) and not SECRET.search(name)
    }
    inherited |= _starting_no_fetch(inherited.get("PATH", os.defpath))
    return inherited | {
        "GIT_ALLOW_PROTOCOL": ":".join(protocols) or "none",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_LFS_SKIP_SMUDGE": "1",
        # A fetch from an upstream that lacks an object would fetch that object, which would
        # fetch it, and so on without end. Git before 2.39.4, and 2.40 to 2.44 where they were
        # not mended, do not know this variable; `_starting_no_fetch` holds on all of them.
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_SSH_COMMAND": "ssh -oBatchMode=yes",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
    }


@lru_cache
def _starting_no_fetch(path: str) -> dict[str, str]:
    """Return variables with which git that starts git gets another one, which refuses to fetch.

    Git looks for itself, and for parts that are programs of their own, in `GIT_EXEC_PATH` and then
    in `PATH`. It starts other parts of itself to fetch, check and repack; the only ones that fetch
    are for objects that it misses and for submodules.
    """
    try:
        asked = subprocess.run(["git", "--exec-path"], capture_output=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return {}  # whoever runs git next hears why
    parts = Path(os.fsdecode(asked.stdout.strip()))
    found = shutil.which("git", path=str(parts)) or shutil.which("git", path=path)
    if found is None or not os.access(_STARTED_BY_GIT / "git", os.X_OK):
        return {}
    return {
        "GIT_EXEC_PATH": str(_STARTED_BY_GIT),
        "PATH": f"{path}{os.pathsep}{parts}",
        "COVID19_IMAGES_REAL_GIT": found,
    }


def command(args: Sequence[str], settings: Mapping[str, str] | None = None) -> list[str]:
    """Build a git command line with the fixed settings, and some for this one command."""
    options = _SETTINGS | dict(settings or {})
    return ["git", *(part for key in options for part in ("-c", f"{key}={options[key]}")), *args]


def call(
    *args: str,
    folder: Path | None = None,
    stdin: bytes = b"",
    protocols: Sequence[str] = (),
    settings: Mapping[str, str] | None = None,
    extra: Mapping[str, str] | None = None,
    bounds: Bounds = Bounds(),  # noqa: B008  frozen
) -> bytes:
    """Run one git command and return what it prints.

    Args:
        *args: The command and its arguments, one each.
        folder: The repository it runs in.
        stdin: What it reads.
        protocols: Transports it may use; none by default.
        settings: Git settings for this one command.
        extra: More variables for this one command; tokens reach git this way and no other.
        bounds: What it may use.

    Raises:
        UnacceptableError: When what it reads is unsound or too much.
        GitError: When git exits with a failure or takes too long.
    """
    return run_git(
        *args,
        folder=folder,
        stdin=stdin,
        protocols=protocols,
        settings=settings,
        extra=extra,
        bounds=bounds,
    ).stdout


def run_git(
    *args: str,
    folder: Path | None = None,
    stdin: bytes = b"",
    protocols: Sequence[str] = (),
    settings: Mapping[str, str] | None = None,
    extra: Mapping[str, str] | None = None,
    bounds: Bounds = Bounds(),  # noqa: B008  frozen
) -> Result:
    """Run git as `call` does, and return stderr and exit status too."""
    try:
        result = run(
            command(args, settings),
            folder=folder,
            environment=environment(protocols) | dict(extra or {}),
            stdin=stdin,
            bounds=bounds,
        )
    except (NotADirectoryError, PermissionError) as error:  # the folder is not what it should be
        raise GitError(args, f"fatal: {error.strerror}: {error.filename}") from None
    if result.code or result.over or result.truncated:
        raise _failure(args, result, bounds)
    return result


def _failure(args: Sequence[str], result: Result, bounds: Bounds) -> GitError:
    if result.timed_out:
        return GitError(args, result.over or "no answer", timed_out=True)
    if result.over:
        return UnacceptableError(args, f"fatal: git {args[0]} takes {result.over}")
    if result.truncated:
        too_long = len(result.stdout) >= bounds.output_bytes
        most = bounds.output_bytes if too_long else bounds.stderr_bytes
        message = f"fatal: git {args[0]} prints more than {most:,} bytes"
        return UnacceptableError(args, message)
    if result.code == -signal.SIGXFSZ or any(words in result.stderr for words in _TOO_LARGE):
        most = file_bytes_in_force(bounds)
        message = f"fatal: more than the {most:,} bytes that may be fetched at once"
        return UnacceptableError(args, message)
    if result.code < 0:
        name = signal.Signals(-result.code).name
        return UnacceptableError(args, f"fatal: git {args[0]} crashed on it ({name})")
    if any(words in result.stderr for words in _NO_MEMORY):
        message = f"fatal: git {args[0]} runs out of memory at {bounds.memory_bytes:,} bytes"
        return UnacceptableError(args, message)
    if any(words in result.stderr for words in _UNSOUND):
        return UnacceptableError(args, result.stderr)
    return GitError(args, result.stderr)


def line(*args: str, folder: Path) -> str:
    """Run one git command that prints one line.

    Raises:
        GitError: When git fails.
    """
    return call(*args, folder=folder).decode("utf-8", "replace").strip()


def succeeds(*args: str, folder: Path) -> bool:
    """Return whether one git command exits with success."""
    try:
        call(*args, folder=folder)
    except GitError:
        return False
    return True
