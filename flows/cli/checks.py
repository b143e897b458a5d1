"""Check what a night needs of this machine: one finding each, with what to do about it."""

import datetime as dt
import email.utils
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import git as gitpython
import requests

from flows.collection import state as states
from flows.collection.checkout import Checkout, CheckoutError
from flows.collection.questions import Together
from flows.config.load import Config, ConfigError
from flows.config.policy import ForgeKind, Policy
from flows.forge.errors import ForgeError
from flows.forge.registry import inspect_forge
from flows.night.compare.decided import unmatched
from flows.night.settle import settle
from flows.orchestration.secrets import stored_secret
from flows.proposal.outcomes import describe
from flows.upstream.observe import Tip, observe

OLDEST_GIT = (2, 36)  # the first whose `fetch --stdin` keeps to a filter
_FREE_BYTES = 10 * 2**30
_MOST_DRIFT_S = 60
_TIMEOUT_S = 15

State = Literal["ok", "look", "bad"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, and what to do.

    Attributes:
        what: The thing in a word or two.
        state: `ok`; `look` where nights work but something is odd; `bad` where they do not.
        says: What was found.
        do: What to do, where there is something.
    """

    what: str
    state: State
    says: str
    do: str = ""


def git_version(printed: str) -> Finding:
    """Check git's version.

    >>> git_version("git version 2.25.1").state, git_version("git version 2.47.3").state
    ('bad', 'ok')
    """
    number = printed.removeprefix("git version ").split()[0] if printed.strip() else "?"
    parts = number.split(".")
    known = len(parts) > 1 and parts[0].isdecimal() and parts[1].isdecimal()
    if known and (int(parts[0]), int(parts[1])) >= OLDEST_GIT:
        return Finding("git", "ok", number)
    least = ".".join(map(str, OLDEST_GIT))
    return Finding("git", "bad", number, f"Install git {least} or newer.")


def git_here() -> Finding:
    """Check git itself."""
    if shutil.which("git") is None:
        return Finding("git", "bad", "not there", "Install git.")
    if shutil.which("prlimit") is None:
        return Finding("git", "bad", "without prlimit, which bounds it", "Install util-linux.")
    done = subprocess.run(["git", "--version"], capture_output=True, text=True, check=False)
    return git_version(done.stdout)


def git_settings(environment: Mapping[str, str]) -> Finding:
    """Check for variables that would change what git does; runs remove them."""
    names = sorted(name for name in environment if name.startswith("GIT_"))
    names = [name for name in names if not name.startswith(("GIT_AUTHOR", "GIT_COMMITTER"))]
    if not names:
        return Finding("git settings", "ok", "none inherited")
    says = f"{', '.join(names)} set; fetching upstreams ignores them"
    return Finding("git settings", "look", says, "Unset them where pushes behave oddly.")


def checkout(folder: Path, policy: Policy) -> Finding:
    """Check the clone of the collection."""
    try:
        opened = Checkout(folder)
        base = opened.base(policy.base)
        opened.state(base)
    except (CheckoutError, gitpython.GitError) as error:
        return Finding("checkout", "bad", str(error))
    if blocked := opened.try_branch(policy.branch):
        return Finding("checkout", "bad", f"branch {policy.branch} cannot be written", blocked)
    if opened.branch(policy.base) is None:
        says = f"no branch {policy.base} here; proposals stand on HEAD"
        return Finding("checkout", "look", says, "Name the right one as `base` in policy.toml.")
    return Finding("checkout", "ok", f"{policy.base} is at {base.hexsha[:12]}")


def disk(cache: Path) -> Finding:
    """Check the room for clones."""
    there = next(path for path in (cache, *cache.parents) if path.is_symlink() or path.exists())
    if not there.is_dir():
        what = "is a link to no folder" if there.is_symlink() else "is a file"
        return Finding("disk", "bad", f"{there} {what}", "Name another folder with --cache.")
    free = shutil.disk_usage(there).free
    says = f"{free / 2**30:,.1f} GiB free for {cache}"
    if free >= _FREE_BYTES:
        return Finding("disk", "ok", says)
    return Finding("disk", "look", says, f"A first import may need {_FREE_BYTES // 2**30} GiB.")


def pins(config: Config) -> Iterator[Finding]:
    """Name the sources that people keep at a commit: they take in nothing new."""
    for source in config.sources:
        if pin := config.decisions.pinned(source.name):
            why = f": {pin.why}" if pin.why else ""
            says = f"stays at {pin.commit[:12]} since {pin.date}, by {pin.by}{why}"
            do = f"`/sync release {source.name}` in a pull request lets it move on."
            yield Finding(f"pin {source.name}", "look", says, do)


def lives(folder: Path, config: Config) -> Iterator[Finding]:
    """Name the sources that the collection has under another name than the configuration, or not.

    Args:
        folder: The clone of the collection.
        config: The configuration.
    """
    if (state := _state(folder, config)) is None:
        return
    found = settle(state, config.sources)
    for old, new in found.renamed.items():
        says = f"called {old} in the collection; the next night renames its rows"
        yield Finding(f"source {new}", "look", says)
    for name in found.retired:
        says = "no longer configured; the next night withdraws its rows"
        do = f"Where that was not meant, put config/sources/{name}.toml back."
        yield Finding(f"source {name}", "look", says, do)


def decisions(folder: Path, config: Config) -> Iterator[Finding]:
    """Name what people decided about images that are not there: it does nothing.

    Args:
        folder: The clone of the collection.
        config: The configuration.
    """
    if (state := _state(folder, config)) is None:
        return
    names = [source.name for source in config.sources]
    for one in unmatched(Together(state.records), config.decisions, names):
        yield Finding("decisions", "bad", one.what)


def _state(folder: Path, config: Config) -> states.State | None:
    """Read the state of the base; `None` where it cannot be read, which `checkout` says."""
    try:
        opened = Checkout(folder)
        return opened.state(opened.base(config.policy.base))
    except (CheckoutError, gitpython.GitError):
        return None


def clock(url: str, now: dt.datetime) -> Finding:
    """Compare the clock with a server's."""
    try:
        date_header = requests.head(url, timeout=_TIMEOUT_S, allow_redirects=False).headers.get(
            "Date", ""
        )
        theirs = email.utils.parsedate_to_datetime(date_header)
    except (requests.RequestException, ValueError):
        return Finding("clock", "look", f"{url} does not tell the time", "Check the network.")
    drift = abs((now - theirs).total_seconds())
    if drift <= _MOST_DRIFT_S:
        return Finding("clock", "ok", f"within {_MOST_DRIFT_S} s of {url}")
    return Finding("clock", "bad", f"{drift:,.0f} s off {url}", "Set the clock, best with NTP.")


def release_targets(folder: Path, config: Config) -> Iterator[Finding]:
    """Open the other places that releases are sent to, and say what each lacks.

    Args:
        folder: The clone of the collection.
        config: The configuration.
    """
    if not config.policy.release.targets:
        return
    from flows.publish import ReleaseError  # noqa: PLC0415  only where there are such places
    from flows.publish.registry import publisher, targets  # noqa: PLC0415
    from flows.publish.target import plan_for  # noqa: PLC0415

    try:
        first = publisher(config.policy, folder, stored=stored_secret)
    except (ReleaseError, ForgeError, ConfigError) as error:
        yield Finding("releases", "look", str(error))
        return
    for target in targets(config.policy, folder, stored=stored_secret):
        found = plan_for(first, target)
        state: State = "ok" if found.state == "there" else "look"
        do = "The next release updates it." if found.state == "behind" else ""
        yield Finding(f"target {target.name}", state, found.message, do)


def signing() -> Finding:
    """Name the key that signs releases, where there is one."""
    from flows.publish import ReleaseError  # noqa: PLC0415  only here
    from flows.publish.sign import VARIABLE, find_signer  # noqa: PLC0415

    try:
        names = find_signer(stored=stored_secret).names
    except ReleaseError as error:
        return Finding("signing", "bad", str(error), f"Put another key in {VARIABLE}.")
    if names:
        return Finding("signing", "ok", f"releases are signed by {', '.join(names)}")
    return Finding("signing", "ok", f"releases are not signed; a key in {VARIABLE} would do it")


def upstreams(config: Config) -> Iterator[Finding]:
    """Ask every upstream where its branch is."""
    for source in config.sources:
        seen = observe(
            source.url,
            source.branch,
            protocols=config.policy.protocols,
            hosts=config.policy.hosts,
            timeout_s=_TIMEOUT_S,
        )
        name = f"upstream {source.name}"
        if isinstance(seen, Tip):
            yield Finding(name, "ok", f"answers; {seen.branch} is at {seen.commit[:12]}")
        else:
            yield Finding(name, "look", describe(seen), f"Open {source.url} in a browser.")


def examine(folder: Path, cache: Path, config: Config, now: dt.datetime) -> Iterator[Finding]:
    """Check everything, what is cheap first.

    Args:
        folder: The clone of the collection.
        cache: Where clones are kept.
        config: The configuration.
        now: The time.
    """
    git = git_here()
    yield git
    if git.state == "bad":
        return
    yield git_settings(os.environ)
    yield Finding("config", "ok", f"{len(config.sources)} sources")
    yield from pins(config)
    yield checkout(folder, config.policy)
    yield from lives(folder, config)
    yield from decisions(folder, config)
    yield disk(cache)
    for one in inspect_forge(config.policy, os.environ, stored=stored_secret):
        yield Finding(one.name, one.state, one.says, one.do)
    yield signing()
    yield from release_targets(folder, config)
    if config.policy.forge.kind is ForgeKind.GITHUB:
        yield clock(os.environ.get("GITHUB_API_URL") or config.policy.forge.api, now)
    yield from upstreams(config)
