"""Ask an upstream repository where its branch is now: one `ls-remote`, no clone."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from flows.upstream.git import GitError, call
from flows.upstream.outcome import BranchGone, Gone, Rejected, Trouble, Unreachable

_SCP_LIKE = re.compile(r"^[\w.-]+@[\w.-]+:(?!/)")
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
    """

    commit: str
    branch: str
    renamed: bool = False


def protocol(url: str) -> str:
    """Name the transport a url uses; `git@host:path` is ssh.

    >>> protocol("git@github.com:owner/name.git"), protocol("https://github.com/owner/name")
    ('ssh', 'https')
    """
    return "ssh" if _SCP_LIKE.match(url) else urlsplit(url).scheme


def observe(
    url: str, branch: str | None, *, protocols: Sequence[str], timeout_s: float = 120
) -> Tip | Trouble:
    """Find the tip of a branch, or of the default branch when none is declared."""
    if protocol(url) not in protocols:
        allowed = ", ".join(protocols)
        return Rejected(f"its url is not one of the allowed kinds ({allowed})")
    try:
        printed = call(
            "ls-remote", "--symref", "--", url, "HEAD", "refs/heads/*",
            protocols=protocols, timeout_s=timeout_s,
        )  # fmt: skip
    except GitError as error:
        return _trouble(error)
    return _tip(printed.decode("utf-8", "replace"), branch)


def _trouble(error: GitError) -> Trouble:
    reason = one_line(error.stderr)
    if "not allowed" in reason:
        return Rejected(reason)
    return Gone(reason) if _GONE.search(error.stderr) else Unreachable(reason)


def one_line(text: str, *, most: int = 160) -> str:
    """Reduce what git said to its last telling line, printable and short."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if line.startswith(("fatal:", "error:", "remote:"))] or lines
    said = telling[0] if telling else "no message"
    return "".join(c for c in said if c.isprintable())[:most]


def _is_plain(line: str) -> bool:
    """Tell whether a line can be shown; a branch whose name cannot is one we do not follow."""
    return line.replace("\t", " ").isprintable()


def _tip(printed: str, branch: str | None) -> Tip | Trouble:
    heads: dict[str, str] = {}
    default = None
    for line in filter(_is_plain, printed.split("\n")):
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
