"""Where an upstream's url leads: which addresses are allowed, and where servers send us on."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urljoin, urlsplit

from flows.sandbox.limits import Result
from flows.upstream.git import GitError
from flows.upstream.outcome import Rejected

_SCP_LIKE = re.compile(r"^[\w.-]+@(?P<host>[\w.-]+):(?!/)")
# Nothing that two programs could read as two different hosts.
_AUTHORITY = re.compile(r"(git@)?(?P<host>[A-Za-z0-9][A-Za-z0-9.-]*)(:\d{1,5})?")
_LOOPBACK = ("127.0.0.1", "localhost")
_MOST_REDIRECTS = 5
# Git follows no redirect: it would go where we are not asked. It only reports the answers.
TRACE = {"GIT_TRACE_CURL": "1", "GIT_TRACE_CURL_NO_DATA": "1"}
_TRACE_LINE = re.compile(r"^\d\d:\d\d:\d\d\.\d+ http\.c:\d+ .*\n?", re.MULTILINE)
_HEADER = re.compile(
    r"^\d\d:\d\d:\d\d\.\d+ http\.c:\d+ +<= Recv header: ([\w-]+): *(\S*)", re.MULTILINE
)
_REDIRECT = re.compile(r"The requested URL returned error: 30[12378]\b")
_FIRST_QUESTION = re.compile(r"/info/refs(\?.*)?$")
_SMART = "application/x-git-upload-pack-advertisement"


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


@dataclass(frozen=True, slots=True)
class Reached:
    """What answered, and where.

    Attributes:
        url: The address that answered.
        result: What git wrote, without its trace.
        dumb: Whether it is a plain web server, and no program that knows git.
    """

    url: str
    result: Result
    dumb: bool


def follow(
    url: str, ask: Callable[[str], Result], *, protocols: Sequence[str], hosts: Sequence[str]
) -> Reached | Rejected:
    """Call a function with a url, and with each address its server redirects to, if allowed.

    Args:
        url: The first address; it was checked.
        ask: Runs git with the variables `TRACE`.
        protocols: Transports that are allowed.
        hosts: Hosts that are allowed.

    Raises:
        GitError: When git fails for another reason than a redirect of its first question.
    """
    for _ in range(_MOST_REDIRECTS + 1):
        try:
            result = ask(url)
        except GitError as error:
            where = _redirect(url, error)
            if where is None:
                words = _TRACE_LINE.sub("", error.stderr)
                raise type(error)(error.args[0], words, timed_out=error.timed_out) from None
            if protocol(where) not in (protocol(url), "https"):
                return Rejected(
                    f"it redirects from {protocol(url)} to {protocol(where) or 'nothing'}"
                )
            if refused := refusal(where, protocols=protocols, hosts=hosts):
                return Rejected(f"it redirects, and where to is not allowed: {refused.reason}")
            url = where
        else:
            types = [value for name, value in _headers(result.stderr, "content-type")]
            words = _TRACE_LINE.sub("", result.stderr)
            dumb = bool(types) and types[0] != _SMART
            return Reached(url, replace(result, stderr=words), dumb)
    return Rejected(f"it redirects more than {_MOST_REDIRECTS} times")


def _headers(trace: str, wanted: str) -> list[tuple[str, str]]:
    return [(name, value) for name, value in _HEADER.findall(trace) if name.lower() == wanted]


def _redirect(url: str, error: GitError) -> str | None:
    """Return where the first question was redirected to; `None` where it was not."""
    places = _headers(error.stderr, "location")
    if not _REDIRECT.search(error.stderr) or not places:
        return None
    where = urljoin(f"{url.rstrip('/')}/info/refs", places[-1][1])
    found = _FIRST_QUESTION.search(where)
    return where[: found.start()] if found else None
