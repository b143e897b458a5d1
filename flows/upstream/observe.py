"""Ask an upstream repository where its branch is now: one `ls-remote`, no clone."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from flows.sandbox.limits import Bounds, Result
from flows.upstream.address import TRACE, follow, refusal
from flows.upstream.git import GitError, UnacceptableError, run_git
from flows.upstream.outcome import BranchGone, Failure, Gone, Rejected, Unreachable

_MAX_OUTPUT_BYTES = 64 * 2**20  # about half a million branches
_MAX_MEMORY_BYTES = 2**30  # git holds all branches before it prints one
_FLAW = re.compile(r"[0-9a-f]{40,64}: (\w+): ")
_GONE = re.compile(
    r"repository .*not found|not appear to be a git repository|could not read Username"
    r"|The requested URL returned error: (404|410|451)|does not exist",
    re.IGNORECASE,
)
_TIP = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")


@dataclass(frozen=True, slots=True)
class Tip:
    """Where the followed branch is.

    Attributes:
        commit: Its object id.
        branch: Its name, without `refs/heads/`.
        renamed: Whether the declared branch is missing and this is the default one instead.
        redirected: Where the server sent us instead of the url, if it did.
        dumb: Whether it is a plain web server, which does not know what it serves.
    """

    commit: str
    branch: str
    renamed: bool = False
    redirected: str | None = None
    dumb: bool = field(default=False, compare=False)


def observe(
    url: str,
    branch: str | None,
    *,
    protocols: Sequence[str],
    hosts: Sequence[str] = (),
    timeout_s: float = 120,
) -> Tip | Failure:
    """Find the tip of a branch, or of the default branch when none is declared."""
    if refused := refusal(url, protocols=protocols, hosts=hosts):
        return refused
    try:
        reached = follow(
            url, lambda url: _ls_remote(url, protocols, timeout_s), protocols=protocols, hosts=hosts
        )
    except GitError as error:
        return _trouble(error)
    if isinstance(reached, Rejected):
        return reached
    seen = _tip(reached.result.stdout.decode("utf-8", "replace"), branch)
    if not isinstance(seen, Tip):
        return seen
    redirected = None if reached.url == url else reached.url.rstrip("/")
    return replace(seen, redirected=redirected, dumb=reached.dumb)


def _ls_remote(url: str, protocols: Sequence[str], timeout_s: float) -> Result:
    return run_git(
        "ls-remote",
        "--symref",
        "--",
        url,
        "HEAD",
        "refs/heads/*",
        protocols=protocols,
        extra=TRACE,
        bounds=Bounds(
            timeout_s=timeout_s, output_bytes=_MAX_OUTPUT_BYTES, memory_bytes=_MAX_MEMORY_BYTES
        ),
    )


def _trouble(error: GitError) -> Failure:
    if _GONE.search(error.stderr) and not isinstance(error, UnacceptableError):
        return Gone(one_line(error.stderr))
    return trouble_of(error)


def trouble_of(error: GitError) -> Rejected | Unreachable:
    """Return what a failure of git means for a source that answered a moment ago."""
    reason = one_line(error.stderr)
    if isinstance(error, UnacceptableError):
        return Rejected(f"{reason.removeprefix('fatal: ')}{_advice(reason)}")
    return Rejected(reason) if "not allowed" in reason else Unreachable(reason)


def _advice(reason: str) -> str:
    """Return the key that lets a flaw pass; a person has to judge that it is harmless."""
    flaw = _FLAW.search(reason)
    return f' (if it is harmless: fsck_ignore = ["{flaw[1]}"] in its TOML)' if flaw else ""


def one_line(text: str, *, most: int = 160) -> str:
    """Reduce stderr of git to its last line with a message, printable and short."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    lines = [line for line in lines if line.startswith(("fatal:", "error:", "remote:"))] or lines
    last = lines[0] if lines else "no message"
    return "".join(c for c in last if c.isprintable())[:most]


def _is_plain(line: str) -> bool:
    """Return whether a line can be shown; a branch whose name cannot is one we do not follow."""
    return line.replace("\t", " ").isprintable()


def _tip(output: str, branch: str | None) -> Tip | Failure:
    heads: dict[str, str] = {}
    default = None
    for line in filter(_is_plain, output.split("\n")):
        left, _, name = line.partition("\t")
        if left.startswith("ref: refs/heads/") and name == "HEAD":
            default = left.removeprefix("ref: refs/heads/")
        elif name.startswith("refs/heads/") and _TIP.fullmatch(left):
            heads[name.removeprefix("refs/heads/")] = left
    wanted = branch or default
    if wanted in heads:
        return Tip(heads[wanted], wanted)
    if default in heads:
        return Tip(heads[default], default, renamed=True)
    return BranchGone(wanted or "HEAD", tuple(sorted(heads)))
