"""A forge without an account: pages in a folder, and a commit on a branch of the checkout."""

import datetime as dt
from pathlib import Path

import git
from git.objects import Commit

from flows.collection.checkout import EMAIL, Checkout, content_of, message_of
from flows.config.branches import apart
from flows.forge import Applied, Feedback, OpenProposal, pages, status_page
from flows.forge.errors import ForgeError
from flows.forge.health import Health
from flows.proposal.proposal import Proposal


class FolderForge:
    """Lay proposals on a branch of the checkout, and their pages in a folder."""

    def __init__(
        self, checkout: Checkout, folder: Path, branch: str, *, base: str, push: bool
    ) -> None:
        """Keep the paths; nothing is written yet."""
        self._checkout = checkout
        self._folder = folder
        self._branch = branch
        self._base = base
        self._push = push

    def read_feedback(self, today: dt.date) -> Feedback:
        """Find what is proposed; people answer in `config/decisions.toml` here."""
        return Feedback(proposed=self._proposed(today))

    def replay_feedback(self, feedback_token: str, base: str, today: dt.date) -> Feedback:
        """Find the base and what is proposed; nothing else is heard here."""
        del feedback_token
        there = self._checkout.base(self._base)
        known = base in self._checkout
        if known and self._checkout.same_collection(self._checkout.repo.commit(base), there):
            return Feedback(self._checkout.repo.commit(base), proposed=self._proposed(today))
        raise ForgeError(
            f"The collection of {self._base} is another one than at {base[:12]}, where this was "
            "computed. Nothing was written; compute it anew with `python -m flows sync --plan`."
        )

    def _proposed(self, today: dt.date) -> OpenProposal | None:
        there = self._checkout.branch(self._branch)
        if there is None or not there.parents or self._not_ours(there, there):
            return None
        bots = there.author.email == EMAIL and content_of(there)
        return OpenProposal(there, today) if bots else None

    def update_status(self, health: Health) -> str | None:
        """Write the page that says what needs a person; delete it when nothing does."""
        page = self._folder / status_page.PAGE
        there = page.read_text(encoding="utf-8") if page.exists() else ""
        now = status_page.after(status_page.read(there), health)
        if not now.open_issues:
            page.unlink(missing_ok=True)
            return None
        self._folder.mkdir(parents=True, exist_ok=True)
        pages.replace(page, status_page.words(now).encode())
        return str(page)

    def apply(self, proposal: Proposal | None, base: Commit, now: dt.datetime) -> Applied:
        """Write branch and pages of the proposal, where they differ."""
        try:
            apart(self._branch, [self._base])
        except ValueError as error:
            return Applied("failed", f"Nothing was written: {error}, in config/policy.toml.")
        current = self._checkout.branch(self._branch)
        if current is not None and (reason := self._not_ours(current, base)):
            return Applied("left_alone", reason)
        if proposal is None:
            return self._withdraw(current)
        pages.write_pages(self._folder, proposal)
        where = str(self._folder / pages.PAGE)
        if current is not None and _is_same(current, proposal, base):
            return Applied("unchanged", "The same is proposed already.", where)
        commit = self._checkout.write(
            base,
            proposal.writes,
            proposal.pins,
            message_of(proposal.title, proposal.content_hash),
            now,
        )
        if refused := self._move(commit.hexsha, current):
            return refused
        return Applied("proposed", f"Proposed on branch {self._branch}: {proposal.title}.", where)

    def _not_ours(self, current: Commit, base: Commit) -> str | None:
        """Return why the branch must not be touched: somebody works on it."""
        repo = self._checkout.repo
        if not repo.head.is_detached and repo.head.ref.name == self._branch:
            return (
                f"Branch {self._branch} is checked out here, so it was left alone. Switch to "
                "another branch and run again."
            )
        ours = current.author.email == EMAIL and content_of(current)
        if ours or repo.is_ancestor(current, base):
            return None
        return (
            f"Branch {self._branch} holds commits that are not the bot's, so it was left alone. "
            f"Merge or delete it, and run again."
        )

    def _withdraw(self, current: Commit | None) -> Applied:
        pages.write_pages(self._folder, None)
        if current is None:
            return Applied("nothing", "Nothing to propose.")
        if refused := self._move(None, current):
            return refused
        return Applied(
            "withdrawn", f"Nothing is left to propose; branch {self._branch} was deleted."
        )

    def _move(self, new: str | None, current: Commit | None) -> Applied | None:
        """Move the branch, here and at origin, provided that nobody else did meanwhile.

        Returns:
            Why it could not be, or `None`.
        """
        command: git.Git = self._checkout.repo.git
        ref, old = f"refs/heads/{self._branch}", current.hexsha if current else ""
        try:
            if self._push:
                command.push(f"--force-with-lease={ref}:{old}", "origin", f"{new or ''}:{ref}")
            if new is None:
                command.update_ref("-d", ref, old)
            else:
                command.update_ref(ref, new, old or "0" * 40)
        except git.GitCommandError as error:
            stderr = " ".join(str(error.stderr).split())[-200:]
            blocked = self._checkout.why_no_branch(self._branch)
            moved = "stale info" in str(error.stderr) or "but expected" in str(error.stderr)
            return Applied(
                "left_alone" if moved and not blocked else "failed",
                f"Branch {self._branch} could not be moved, so nothing is proposed: {stderr} "
                f"{blocked or _MOVED}",
            )
        return None


_MOVED = "Somebody may have moved it meanwhile; fetch, look, and run again."


def _is_same(current: Commit, proposal: Proposal, base: Commit) -> bool:
    on_base = [parent.hexsha for parent in current.parents] == [base.hexsha]
    return on_base and content_of(current) == proposal.content_hash
