"""The branches on GitHub, through git: look, fetch, push with a lease, delete."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from flows.config.branches import is_merged_branch
from flows.forge.errors import ForgeError
from flows.forge.github.token import NEEDED, Token
from flows.upstream import git
from flows.upstream.observe import one_line

_UNKNOWN_TOKEN = ("Authentication failed", "could not read Username", " 401")


class LostRaceError(ForgeError):
    """Raised where somebody else moved a branch meanwhile."""


@dataclass(frozen=True, slots=True)
class Remote:
    """One repository on a GitHub server.

    Attributes:
        folder: The local clone that objects come from and go to.
        server: Address of the server, as in `https://github.com`.
        repository: `owner/name`.
        token: What opens it.
        own: The branches that may be moved or deleted; no other is.
        proposals: The proposals' branch, whose merged pictures are kept beside it.
    """

    folder: Path
    server: str
    repository: str
    token: Token
    own: frozenset[str] = frozenset()
    proposals: str = ""

    @property
    def url(self) -> str:
        """Return its url for git, without a token."""
        return f"{self.server.rstrip('/')}/{self.repository}.git"

    def tips(self, *branches: str) -> dict[str, str]:
        """Return where branches are; one that does not exist is left out.

        Raises:
            ForgeError: When the server does not answer.
        """
        refs = [f"refs/heads/{branch}" for branch in branches]
        output = self._git("ls-remote", "--", self.url, *refs).decode()
        found = (line.split("\t") for line in output.splitlines())
        return {ref.removeprefix("refs/heads/"): sha for sha, ref in found if ref in refs}

    def fetch(self, *shas: str) -> None:
        """Fetch commits, on no branch.

        Raises:
            ForgeError: When the server does not give them.
        """
        if shas:
            quietly = ("--quiet", "--no-tags", "--no-write-fetch-head")
            self._git("fetch", *quietly, "--", self.url, *shas)

    def move(self, branch: str, *, old: str | None, new: str | None) -> None:
        """Move, create or delete a branch, provided that it is where we saw it.

        A push whose answer was lost is looked for before it counts as failed.

        Args:
            branch: Its name.
            old: The commit it was seen at; `None` where there was no such branch.
            new: The commit it shall be at; `None` deletes it.

        Raises:
            LostRaceError: When somebody moved it meanwhile.
            ForgeError: When the branch is not the bot's, the server refuses, or does not answer.
        """
        if branch not in self.own:
            raise ForgeError(
                f"Branch {branch} is not the bot's, so it was neither moved nor deleted. "
                "Nothing was written; look at `branch` in config/policy.toml."
            )
        self._push(branch, old=old, new=new)

    def _push(self, branch: str, *, old: str | None, new: str | None) -> None:
        ref = f"refs/heads/{branch}"
        lease = f"--force-with-lease={ref}:{old or ''}"
        try:
            self._git("push", "--quiet", "--no-verify", lease, "--", self.url, f"{new or ''}:{ref}")
        except ForgeError:
            now = self.tips(branch).get(branch)
            if now == new:
                return
            if now != old:
                raise LostRaceError(
                    f"Branch {branch} was moved by somebody else meanwhile, so it was left alone. "
                    "The next run starts from what is there then."
                ) from None
            raise

    def add(self, branch: str, new: str, *, to: str | None) -> None:
        """Let a branch of merged pictures grow by a commit; nothing that it holds is lost.

        Args:
            branch: Its name.
            new: A commit that follows `to`.
            to: Where the branch was seen; `None` where there was none.

        Raises:
            LostRaceError: When somebody moved it meanwhile.
            ForgeError: When the branch keeps no pictures, the server refuses, or does not answer.
        """
        if not is_merged_branch(branch, self.proposals):
            raise ForgeError(f"Branch {branch} keeps no pictures of ours, so it was not touched.")
        self._push(branch, old=to, new=new)

    def _git(self, *args: str) -> bytes:
        scheme = self.server.partition("://")[0]
        try:
            return git.call(*args, folder=self.folder, protocols=[scheme], extra=self._secret())
        except git.GitError as error:
            raise ForgeError(_explained(args[0], error)) from None

    def _secret(self) -> Mapping[str, str]:
        return self.token.for_git(self.server)


def _explained(act: str, error: git.GitError) -> str:
    stderr = one_line(error.stderr)
    if any(word in error.stderr for word in _UNKNOWN_TOKEN):
        return f"GitHub does not accept the token for git {act} (401). Make a new one. {NEEDED}"
    if " 403" in error.stderr or "Permission" in error.stderr:
        return f"GitHub does not let this token {act} (403: {stderr}). {NEEDED}"
    if "protected branch" in error.stderr.lower() or "pre-receive hook declined" in error.stderr:
        return (
            f"GitHub refuses the {act}: {stderr}. The bot's branch must not be protected; take it "
            "out of the branch rules, and run again."
        )
    return f"git {act} failed: {stderr}. Run again later; nothing is lost."
