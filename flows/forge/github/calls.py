"""Ask GitHub: reads are repeated after faults, writes only where GitHub certainly did nothing.

PyGithub's own retry repeats a POST after a 502 or a lost connection, and so makes two of
everything; it never repeats a PATCH. Here a write whose outcome is unknown is looked for first.
"""

import time
from collections.abc import Callable, Collection
from typing import Any, TypeVar

import requests
from github import Auth, Github, GithubException
from github.GithubException import BadCredentialsException, RateLimitExceededException
from github.GithubRetry import GithubRetry
from urllib3.connectionpool import ConnectionPool
from urllib3.response import BaseHTTPResponse

from flows.forge.errors import ForgeError
from flows.forge.github.settings import ALLOW_ISSUES, ALLOW_PULLS, PULLS_REFUSED
from flows.forge.github.token import NEEDED, Token
from flows.text.escape import log_line

T = TypeVar("T")

ATTEMPTS = 3
TIMEOUT_S = 30
LIMIT_WAIT_S = 60  # where a rate limit does not say for how long
MOST_WAIT_S = 300  # a longer wait is left to the next night
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_UNKNOWN = (requests.ConnectionError, requests.Timeout, requests.exceptions.RetryError)


class RetryReadsOnly(GithubRetry):
    """Repeat reads after any fault, and writes after rate limits only."""

    def _is_method_retryable(self, method: str) -> bool:
        return method.upper() in _READS

    def is_retry(self, method: str, status_code: int, has_retry_after: bool = False) -> bool:
        """Return whether an answer may be asked for again."""
        if status_code in (403, 429):  # `increment` gives up where a 403 is no rate limit
            return True
        return super().is_retry(method, status_code, has_retry_after)

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: Any = None,  # noqa: ANN401
    ) -> "RetryReadsOnly":
        """Prepare the next attempt, or raise.

        Raises:
            RateLimitExceededException: When GitHub asks for more patience than a night has.
        """
        wait = _asked_wait_s(response)
        if response is not None and wait is not None and wait > MOST_WAIT_S:
            raise RateLimitExceededException(response.status, f"it asks to wait {wait:,.0f} s", {})
        retry = super().increment(method, url, response, error, _pool, _stacktrace)  # type: ignore[arg-type]
        if response is not None and response.status == 429 and wait is None:
            seconds = self.secondary_rate_wait
            retry.get_backoff_time = lambda: seconds  # type: ignore[method-assign]
        return retry  # type: ignore[return-value]


def _asked_wait_s(response: BaseHTTPResponse | None) -> float | None:
    header = response.headers.get("Retry-After", "") if response is not None else ""
    return float(header) if header.isdigit() else None


def client(
    token: Token,
    api: str,
    *,
    pace_s: float,
    limit_wait_s: float = LIMIT_WAIT_S,
    timeout_s: int | None = None,
) -> Github:
    """Open a client of GitHub's API.

    Args:
        token: What opens it.
        api: Its address.
        pace_s: Seconds between writes.
        limit_wait_s: Seconds to wait where a rate limit does not say for how long.
        timeout_s: Seconds to wait for an answer.
    """
    retry = RetryReadsOnly(
        secondary_rate_wait=limit_wait_s,
        max_rate_limit_wait=MOST_WAIT_S,
        total=4,
        backoff_factor=0.2 * pace_s,
    )
    return Github(
        auth=Auth.Token(token.secret),
        base_url=api,
        timeout=timeout_s or TIMEOUT_S,
        retry=retry,
        seconds_between_requests=None,
        seconds_between_writes=pace_s or None,
        per_page=100,
    )


def once(
    act: Callable[[], T],
    look: Callable[[], T | None] = lambda: None,
    *,
    unsettled: Collection[int] = (),
) -> T:
    """Make one write, exactly once, although its answer may be lost.

    Args:
        act: The write.
        look: Finds what the write would have made; asked before a repetition. A write that sets
            what it says, such as an edit, may be repeated as it is and needs none.
        unsettled: Refusals that may only mean that GitHub has not caught up with itself yet.

    Raises:
        ForgeError: When GitHub refuses it, or does not answer.
    """
    for attempt in range(ATTEMPTS):
        try:
            return act()
        except (GithubException, *_UNKNOWN) as error:
            again = _is_unknown(error) or getattr(error, "status", 0) in unsettled
            if not again or attempt == ATTEMPTS - 1:
                raise _forge_error(error) from None
            time.sleep(0.5 * attempt)
        if (made := read(look)) is not None:
            return made
    raise AssertionError  # the last attempt returns or raises


def read(ask: Callable[[], T]) -> T:
    """Read from GitHub.

    Raises:
        ForgeError: When it refuses, or does not answer.
    """
    try:
        return ask()
    except (GithubException, *_UNKNOWN) as error:
        raise _forge_error(error) from None


def maybe(ask: Callable[[], T]) -> T | None:
    """Read from GitHub something that need not be there.

    Raises:
        ForgeError: When it refuses, or does not answer.
    """
    try:
        return read(ask)
    except ForgeError as error:
        if error.status == requests.codes.not_found:
            return None
        raise


def _forge_error(error: Exception) -> ForgeError:
    return ForgeError(explain(error), getattr(error, "status", None))


def _is_unknown(error: Exception) -> bool:
    if isinstance(error, GithubException):
        return bool(error.status >= requests.codes.server_error)
    return True


def explain(error: Exception) -> str:
    """Explain GitHub's refusal and what to do, without a token or an address in it."""
    if isinstance(error, BadCredentialsException):
        return f"GitHub does not accept the token (401). Make a new one. {NEEDED}"
    if isinstance(error, RateLimitExceededException) or getattr(error, "status", 0) == 429:
        return (
            "GitHub asks for a long pause (rate limit). What was begun is finished by the next "
            f"run; run again in an hour. {_message(error)}"
        ).rstrip()
    status = getattr(error, "status", None)
    if status == 403 and PULLS_REFUSED.search(_message(error)):
        return f"GitHub lets Actions open no pull requests here (403). {ALLOW_PULLS}"
    if status == 410:
        return f"Issues are switched off in this repository (410). {ALLOW_ISSUES}"
    if status == 403:
        return f"GitHub refuses this to the token (403: {_message(error)}). {NEEDED}"
    if status == 404:
        return (
            "GitHub shows this token no such repository (404). Make it, or mend "
            "`forge.repository` in config/policy.toml; a private one is shown only to a token that "
            f"may read it. {NEEDED}"
        )
    if status is None or status >= 500:
        how = f"{status}" if status else type(error).__name__
        return (
            f"GitHub does not answer as it should ({how}). What was begun is finished by the next "
            "run; run again later."
        )
    return f"GitHub refuses this ({status}: {_message(error)}). Nothing more was changed."


def _message(error: Exception) -> str:
    data = getattr(error, "data", None)
    if isinstance(data, dict):
        details = data.get("errors") or []
        words = [str(data.get("message", ""))]
        words += [str(one.get("message", "")) for one in details if isinstance(one, dict)]
        return log_line(" ".join(filter(None, words)))[:300]
    return log_line(str(data or ""))[:300]
