"""Keep a bare clone of an upstream that holds its history and trees, and only the blobs we read."""

import logging
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from flows.sandbox.clock import Clock
from flows.sandbox.limits import Bounds, Result
from flows.upstream import git, incomplete
from flows.upstream.address import TRACE, follow
from flows.upstream.budget import STANDARD, Budget
from flows.upstream.observe import Tip, one_line
from flows.upstream.outcome import Rejected

T = TypeVar("T")

_REF = "refs/upstream/tip"
_LOG = logging.getLogger(__name__)
_FROM_UPSTREAM = ("fetch", "fsck")
_BLOBS_AT_ONCE = 2000  # in one request
_FLAW = re.compile(r"^(?:error|warning) in (\w+ [0-9a-f]{40,64}: (\w+): .*)$", re.MULTILINE)
_FETCH_S = 3600.0  # for one request; the clock of the run may leave less
_SLACK_BYTES = 2**20  # what a pack of one blob holds besides the blob

Unfetched = dict[str, str]  # blobs that were not fetched, and why


@dataclass(frozen=True, slots=True)
class Clone:
    """A bare clone in the cache, and where it comes from.

    Attributes:
        folder: The clone; made when first needed, rebuilt when it is broken.
        url: The upstream.
        protocols: Transports git may use to reach it.
        budget: What it may cost.
        fsck_ignore: Flaws of objects that git overlooks here, by git's name for them.
        hosts: Hosts that the upstream may redirect to.
        clock: How long its git commands may take together; endless by default.
    """

    folder: Path
    url: str
    protocols: tuple[str, ...]
    budget: Budget = STANDARD
    fsck_ignore: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    clock: Clock = field(default_factory=lambda: Clock(float("inf")), compare=False)

    def fetch(self, tip: Tip) -> None:
        """Fetch history and trees up to a tip, without blobs.

        A clone that a killed run left broken is thrown away and made anew.

        Raises:
            git.UnacceptableError: When it is unsound, or more than the budget allows.
            git.GitError: When the upstream cannot be fetched.
        """
        if self._has_tree(tip.commit):
            return
        self.mending(lambda: self._fetch(tip), lambda fresh: fresh._fetch(tip))  # noqa: SLF001

    def mending(self, act: Callable[[], T], fill: Callable[["Clone"], object]) -> T:
        """Call a function with the clone; where that fails, make the clone anew and call it again.

        Damage and a network that fails look alike from here, so the old clone stays until a new
        one is complete.

        Args:
            act: What is done; done twice where the clone turns out to be damaged.
            fill: Fetches into a new, empty clone what `act` needs.

        Raises:
            git.GitError: When the upstream does not answer, or `act` fails again.
        """
        try:
            return act()
        except git.GitError as error:
            # What an upstream sends is unacceptable again; git that crashes on what is here is not.
            sent = isinstance(error, git.UnacceptableError) and error.args[0][0] in _FROM_UPSTREAM
            if sent or error.timed_out or not self.folder.exists():
                raise
            self._rebuild(fill)
            _LOG.warning(
                "%s was damaged (%s); it was made anew.", self.folder, one_line(str(error))
            )
        return act()

    def _rebuild(self, fill: Callable[["Clone"], object]) -> None:
        fresh = replace(self, folder=self.folder.with_name(f".rebuilt-{self.folder.name}"))
        _remove(fresh.folder)
        try:
            fill(fresh)
            _remove(self.folder)
            fresh.folder.rename(self.folder)
        finally:
            _remove(fresh.folder)

    def _has_tree(self, commit: str) -> bool:
        return self.folder.exists() and self._kinds(commit, f"{commit}^{{tree}}") == [
            "commit",
            "tree",
        ]

    def _kinds(self, *names: str) -> list[str]:
        """Return what each object is; "missing" where it is not here."""
        asked = "".join(f"{name}\n" for name in names).encode()
        check = ("cat-file", "--batch-check=%(objecttype)")
        try:
            lines = git.call(*check, folder=self.folder, stdin=asked).decode().splitlines()
        except git.GitError:  # the clone is damaged
            return ["missing"] * len(names)
        return [line.split()[-1] for line in lines]

    def _fetch(self, tip: Tip) -> None:
        self._create()
        begun = git.succeeds("rev-parse", "--verify", _REF, folder=self.folder)
        if begun and not self._has_tree(_REF):  # a fetch into damage may not come to an end
            raise git.GitError(["fetch"], "fatal: the clone's own tip cannot be read")
        if tip.dumb:
            raise git.UnacceptableError(["fetch"], f"fatal: {incomplete.DUMB}")
        old = git.line("rev-parse", _REF, folder=self.folder) if begun else None
        try:
            self._run_fetch("--filter=blob:none", then=[f"+refs/heads/{tip.branch}:{_REF}"])
        except git.UnacceptableError:
            raise
        except git.GitError as error:
            if incomplete.lacks_objects(error.stderr, is_new=not begun):
                raise git.UnacceptableError(["fetch"], f"fatal: {incomplete.INCOMPLETE}") from None
            raise
        if self.fsck_ignore:
            self._check()
        self._check_tip(tip)
        self._check_history(tip, old)

    def _check_tip(self, tip: Tip) -> None:
        """Make sure that a commit was fetched.

        Raises:
            git.UnacceptableError: When the branch names something else.
            git.GitError: When nothing was fetched.
        """
        kind, tree = self._kinds(tip.commit, f"{tip.commit}^{{tree}}")
        if kind == "missing":
            raise git.GitError(["fetch"], "fatal: the branch moved while we were looking")
        if kind != "commit":
            raise git.UnacceptableError(
                ["fetch"], f"fatal: its branch names a {kind}, and no commit"
            )
        if tree != "tree":
            raise git.UnacceptableError(["fetch"], "fatal: the tree of its last commit is missing")

    def _check_history(self, tip: Tip, old: str | None) -> None:
        """Make sure that no commit is missing; drop a clone that lacks one.

        Raises:
            git.UnacceptableError: When one is.
        """
        known = ["--not", old] if old else []
        try:
            git.call("rev-list", "--quiet", tip.commit, *known, folder=self.folder)
        except git.UnacceptableError:
            raise
        except git.GitError as error:
            if error.timed_out:
                raise
            _remove(self.folder)
            raise git.UnacceptableError(["fetch"], f"fatal: {incomplete.INCOMPLETE}") from None

    def _create(self) -> None:
        """Make an empty clone in one step, so that no half-made one is ever found."""
        if self.folder.exists():
            return
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(dir=self.folder.parent, prefix=".new-"))
        git.call("init", "--quiet", "--bare", "--template=", str(fresh))
        fresh.rename(self.folder)

    def _check(self) -> None:
        """Check all objects but for the flaws that are let pass; drop a clone that has others.

        `fetch` of git 2.39 cannot let a flaw of a partial clone pass, so it has not checked.

        Raises:
            git.UnacceptableError: When there are others.
        """
        try:
            found = git.run_git("fsck", "--no-progress", "--no-dangling", folder=self.folder).stderr
        except git.GitError as error:
            found = error.stderr
        other = [line for line, flaw in _FLAW.findall(found) if flaw not in self.fsck_ignore]
        if other:
            shutil.rmtree(self.folder)
            raise git.UnacceptableError(["fsck"], f"error: {other[0]}")

    def _run_fetch(
        self,
        *args: str,
        then: Sequence[str] = (),
        stdin: bytes = b"",
        max_bytes: int | None = None,
    ) -> None:
        room = self.budget.room(self.folder)
        bounds = Bounds(timeout_s=_FETCH_S, file_bytes=min(room, max_bytes or room))

        def fetch(url: str) -> Result:
            return git.run_git(
                "fetch",
                "--quiet",
                "--no-tags",
                "--no-write-fetch-head",
                "--no-recurse-submodules",
                "--no-auto-maintenance",
                "--no-show-forced-updates",  # which would walk the history
                *args,
                "--",
                url,
                *then,
                folder=self.folder,
                stdin=stdin,
                protocols=self.protocols,
                settings={"transfer.fsckObjects": "false" if self.fsck_ignore else "true"},
                extra=TRACE,
                bounds=bounds,
            )

        with self.clock.in_force():
            reached = follow(self.url, fetch, protocols=self.protocols, hosts=self.hosts)
        if isinstance(reached, Rejected):
            raise git.UnacceptableError(["fetch"], f"fatal: {reached.reason}")
        shallow = self.folder / "shallow"
        if shallow.exists() or "shallow roots" in reached.result.stderr:
            shallow.unlink(missing_ok=True)
            raise git.UnacceptableError(["fetch"], f"fatal: {incomplete.SHALLOW}")

    def fetch_blobs(self, blobs: Sequence[str]) -> Unfetched:
        """Fetch the blobs that are not here yet, by object id, in as few requests as possible.

        Nobody says how large a blob is before it comes. A request that turns out too large is
        stopped and cut in halves, until the blob that is at fault stands alone.

        Returns:
            The blobs that are too large or unsound, and why.

        Raises:
            git.GitError: When the upstream cannot be fetched.
        """
        self._create()
        missing = sorted(set(blobs) - self.local_objects()) if blobs else []
        unfetched: Unfetched = {}
        waiting = [missing[i : i + _BLOBS_AT_ONCE] for i in range(0, len(missing), _BLOBS_AT_ONCE)]
        while waiting:
            some = waiting.pop()
            try:
                self._fetch_some(some)
            except git.UnacceptableError as error:
                self.budget.room(self.folder)
                if len(some) == 1:
                    unfetched[some[0]] = f"not fetched: {one_line(error.stderr)}"
                else:
                    half = len(some) // 2
                    waiting += [some[:half], some[half:]]
        return unfetched

    def _fetch_some(self, blobs: Sequence[str]) -> None:
        wanted = "".join(f"{blob}\n" for blob in blobs).encode()
        alone = self.budget.max_file_bytes + _SLACK_BYTES if len(blobs) == 1 else None
        self._run_fetch("--filter=blob:none", "--stdin", stdin=wanted, max_bytes=alone)

    def local_objects(self) -> set[str]:
        """List every object that is here already."""
        check = ("cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objectname)")
        return set(git.call(*check, folder=self.folder).decode().split())

    def contains(self, commit: str, *, ancestor: str) -> bool:
        """Return whether one commit is in the history of another."""
        test = ("merge-base", "--is-ancestor", ancestor, commit)
        return git.succeeds(*test, folder=self.folder)


def _remove(folder: Path) -> None:
    """Remove what stands in a clone's place, even where its permissions are odd."""
    if not folder.is_dir():
        folder.unlink(missing_ok=True)
        return
    folder.chmod(0o700)
    for path, inside, _ in os.walk(folder):
        for name in inside:
            Path(path, name).chmod(0o700)
    shutil.rmtree(folder)
