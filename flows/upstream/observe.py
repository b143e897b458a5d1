"""Ask an upstream repository where its branch is now: one `ls-remote`, no clone."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from flows.sandbox.limits import Bounds
from flows.upstream.git import GitError, UnacceptableError, run_git
from flows.upstream.outcome import BranchGone, Failure, Gone, Rejected, Unreachable

_SCP_LIKE = re.compile(r"^[\w.-]+@(?P<host>[\w.-]+):(?!/)")
# Nothing that two programs could read as two different hosts.
_AUTHORITY = re.compile(r"(git@)?(?P<host>[A-Za-z0-9][A-Za-z0-9.-]*)(:\d{1,5})?")
_LOOPBACK = ("127.0.0.1", "localhost")
_REDIRECTED = re.compile(r"^warning: redirecting to (\S+)$", re.MULTILINE)
_MAX_OUTPUT_BYTES = 64 * 2**20  # about half a million branches
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
    """

    commit: str
    branch: str
    renamed: bool = False
    redirected: str | None = None


def protocol(url: str) -> str:
    """Return the transport a url uses; `git@host:path` is ssh.

    >>> protocol("git@github.com:owner/name.git"), protocol("https://github.com/owner/name")
    ('ssh', 'https')
    """
    return "ssh" if _SCP_LIKE.match(url) else urlsplit(url).scheme


def host(url: str) -> str | None:
    """Return the host a url leads to; `None` where programs might disagree about it.

    >>> host("git@github.com:owner/name.git"), host("https://github.com/owner/name")
    ('github.com', 'github.com')
    >>> host("https://github.com@elsewhere.org/x"), host("file:///srv/name.git")
    (None, '')
    """
    if found := _SCP_LIKE.match(url):
        return found["host"].lower()
    authority = urlsplit(url).netloc
    if not authority:
        return ""
    found = _AUTHORITY.fullmatch(authority)
    return found["host"].lower() if found else None


def refusal(url: str, *, protocols: Sequence[str], hosts: Sequence[str]) -> Rejected | None:
    """Return why a url is refused; `None` where it is allowed."""
    kind, where = protocol(url), host(url)
    if kind not in protocols:
        return Rejected(f"its url is not one of the allowed kinds ({', '.join(protocols)})")
    if kind == "file":
        return Rejected("its url is a file on another machine") if where else None
    if kind == "http" and where not in _LOOPBACK:
        return Rejected("http is for servers on this machine; elsewhere it must be https")
    if where not in hosts:
        return Rejected(f"its host is not one of the allowed ones ({', '.join(hosts)})")
    return None


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
        result = run_git(
            "ls-remote",
            "--symref",
            "--",
            url,
            "HEAD",
            "refs/heads/*",
            protocols=protocols,
            bounds=Bounds(timeout_s=timeout_s, output_bytes=_MAX_OUTPUT_BYTES),
        )
    except GitError as error:
        return _trouble(error)
    seen = _tip(result.stdout.decode("utf-8", "replace"), branch)
    if found := _REDIRECTED.search(result.stderr):
        return _redirected(seen, found[1], protocols=protocols, hosts=hosts)
    return seen


def _redirected(
    seen: Tip | Failure, where: str, *, protocols: Sequence[str], hosts: Sequence[str]
) -> Tip | Failure:
    if refused := refusal(where, protocols=protocols, hosts=hosts):
        return Rejected(f"it redirects, and where to is not allowed: {refused.reason}")
    return replace(seen, redirected=where.rstrip("/")) if isinstance(seen, Tip) else seen


def _trouble(error: GitError) -> Failure:
    if _GONE.search(error.stderr) and not isinstance(error, UnacceptableError):
        return Gone(one_line(error.stderr))
    return trouble_of(error)


def trouble_of(error: GitError) -> Rejected | Unreachable:
    """Return what a failure of git means for a source that answered a moment ago."""
    reason = one_line(error.stderr)
    if isinstance(error, UnacceptableError):
        return Rejected(f"{reason}{_advice(reason)}")
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
