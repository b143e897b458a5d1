"""Keep a bare clone of an upstream that holds its history and trees, and only the blobs we read."""

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from flows.upstream import git
from flows.upstream.observe import Tip, one_line
from flows.upstream.outcome import Advanced, Moved, Renamed, Rewritten, Unreachable

_REF = "refs/upstream/tip"


@dataclass(frozen=True, slots=True)
class Clone:
    """A bare clone in the cache, and where it comes from.

    Attributes:
        folder: The clone; made when first needed, rebuilt when it is broken.
        url: The upstream.
        protocols: Transports git may use to reach it.
    """

    folder: Path
    url: str
    protocols: tuple[str, ...]

    def fetch(self, tip: Tip) -> None:
        """Bring history and trees up to a tip; blobs stay where they are.

        A clone that a killed run left broken is thrown away and made anew.

        Raises:
            git.GitError: When the upstream cannot be fetched.
        """
        if self._has_tree(tip.commit):
            return
        try:
            self._fetch(tip)
        except git.GitError:
            if not self.folder.exists():
                raise
            self._rebuild(tip)

    def _rebuild(self, tip: Tip) -> None:
        """Make the clone anew; the old one stays until then, for it may be the network's fault."""
        fresh = replace(self, folder=self.folder.with_name(f".rebuilt-{self.folder.name}"))
        shutil.rmtree(fresh.folder, ignore_errors=True)
        try:
            fresh._fetch(tip)  # noqa: SLF001  another clone, but one of ours
            shutil.rmtree(self.folder)
            fresh.folder.rename(self.folder)
        finally:
            shutil.rmtree(fresh.folder, ignore_errors=True)

    def _has_tree(self, commit: str) -> bool:
        wanted = f"{commit}^{{tree}}"
        return self.folder.exists() and git.succeeds("cat-file", "-e", wanted, folder=self.folder)

    def _fetch(self, tip: Tip) -> None:
        self._create()
        self._run_fetch("--filter=blob:none", "--", self.url, f"+refs/heads/{tip.branch}:{_REF}")
        if not self._has_tree(tip.commit):
            raise git.GitError(["fetch"], "fatal: the branch moved while we were looking")

    def _create(self) -> None:
        """Make an empty clone in one step, so that no half-made one is ever found."""
        if self.folder.exists():
            return
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(dir=self.folder.parent, prefix=".new-"))
        git.call("init", "--quiet", "--bare", "--template=", str(fresh))
        fresh.rename(self.folder)

    def _run_fetch(self, *args: str, stdin: bytes = b"") -> None:
        git.call(
            "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules",
            *args, folder=self.folder, stdin=stdin, protocols=self.protocols, timeout_s=3600,
        )  # fmt: skip

    def fetch_blobs(self, blobs: Sequence[str]) -> None:
        """Bring the blobs that are not here yet, in one request by object id.

        Raises:
            git.GitError: When the upstream cannot be fetched.
        """
        self._create()
        missing = sorted(set(blobs) - self.held()) if blobs else []
        if missing:
            wanted = "".join(f"{blob}\n" for blob in missing).encode()
            self._run_fetch("--filter=blob:none", "--stdin", "--", self.url, stdin=wanted)

    def held(self) -> set[str]:
        """List every object that is here already."""
        check = ("cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objectname)")
        return set(git.call(*check, folder=self.folder).decode().split())

    def contains(self, commit: str, *, ancestor: str) -> bool:
        """Tell whether one commit is in the history of another."""
        test = ("merge-base", "--is-ancestor", ancestor, commit)
        return git.succeeds(*test, folder=self.folder)


def advance(clone: Clone, tip: Tip, pin: str | None) -> Moved | Unreachable:
    """Fetch up to a tip and say how it relates to the pin."""
    try:
        clone.fetch(tip)
    except git.GitError as error:
        return Unreachable(one_line(error.stderr))
    if pin is not None and not clone.contains(tip.commit, ancestor=pin):
        return Rewritten(pin, tip.commit)
    if tip.renamed:
        return Renamed(pin, tip.commit, tip.branch)
    return Advanced(pin, tip.commit)
