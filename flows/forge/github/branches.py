"""The branches of the bot: the proposal, the pictures it shows, and those of merged ones."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from git.objects import Commit

from flows.collection.checkout import EMAIL, Checkout, content_of, message_of
from flows.config.branches import apart, merged_branch, page_branch, pictures_branch
from flows.forge.errors import ForgeError
from flows.forge.github.look import is_bots
from flows.forge.github.remote import Remote
from flows.forge.review.seen import Seen
from flows.proposal.proposal import Proposal
from flows.proposal.record import SheetLink
from flows.proposal.sheets import Sheet

_PICTURES = "Pictures of the open proposal; this branch is deleted when it closes.\n"
_PAGE = "The review page of the open proposal, for GitHub Pages.\n"
_MERGED = "Pictures of a merged proposal, kept because its pull request shows them.\n"


@dataclass(frozen=True, slots=True)
class Branches:
    """Where the bot's branches are, here and on GitHub.

    Attributes:
        checkout: The clone of the collection.
        remote: The repository on GitHub.
        branch: The proposal's branch.
        base: The branch proposals stand on.
    """

    checkout: Checkout
    remote: Remote
    branch: str
    base: str

    @property
    def pictures(self) -> str:
        """Return the branch that holds the pictures; it has no history and no parent."""
        return pictures_branch(self.branch)

    def tips(self) -> tuple[str | None, str | None]:
        """Return where the two branches are.

        Raises:
            ForgeError: When GitHub does not answer.
        """
        found = self.remote.tips(self.branch, self.pictures)
        return found.get(self.branch), found.get(self.pictures)

    def refuse_default(self, default: str) -> None:
        """Raise where the bot's branches are the default branch, whatever the policy says.

        Raises:
            ForgeError: They are; nothing was written.
        """
        try:
            apart(self.branch, [default])
        except ValueError as error:
            raise ForgeError(f"Nothing was written: {error}, in config/policy.toml.") from None

    def _move_pictures(self, old: str | None, new: str | None) -> None:
        self._move_whole(self.pictures, old, new)

    def _move_whole(self, branch: str, old: str | None, new: str | None) -> None:
        """Move or delete a branch without history, provided that the bot made what is there."""
        if old is not None:
            self.remote.fetch(old)
            there = self.checkout.repo.commit(old)
            if there.author.email != EMAIL or there.parents:
                raise ForgeError(
                    f"Branch {branch} holds commits that are not the bot's, so it was left "
                    "alone. Rename or delete it, and run again."
                )
        self.remote.move(branch, old=old, new=new)

    def describe(self, tip: str | None) -> tuple[bool, str | None, str | None]:
        """Describe the proposal's branch: whether it is the bot's, what it proposes, on what base.

        Raises:
            ForgeError: When GitHub does not answer.
        """
        if tip is None:
            return False, None, None
        self.remote.fetch(tip, *self.remote.tips(self.base).values())
        commit = self.checkout.repo.commit(tip)
        if is_bots(commit):
            return True, content_of(commit), commit.parents[0].hexsha
        base = self.remote.tips(self.base).get(self.base)
        if base is None:
            return False, None, None
        merged = self.checkout.repo.is_ancestor(commit, self.checkout.repo.commit(base))
        return merged, None, None

    def refuse_older(self, seen: Seen, now: dt.datetime) -> None:
        """Raise where a later night proposed already: a handover may be proposed again.

        Raises:
            ForgeError: One did; nothing was written.
        """
        if seen.tip is not None and seen.ours and seen.content is not None:
            there = self.checkout.repo.commit(seen.tip)
            if there.committed_date > int(now.timestamp()):
                raise ForgeError(
                    f"Branch {self.branch} holds the proposal of a later night, so this older one "
                    "was not written."
                )

    def lay(
        self, seen: Seen, proposal: Proposal, base: Commit, now: dt.datetime
    ) -> tuple[str, bool]:
        """Push the proposal to its branch, unless it is there already.

        Returns:
            The commit, and whether it was pushed.

        Raises:
            ForgeError: When GitHub refuses, or somebody moved the branch meanwhile.
        """
        same = seen.ours and seen.content == proposal.content_hash and seen.base == base.hexsha
        if seen.tip is not None and same:
            return seen.tip, False
        message = message_of(proposal.title, proposal.content_hash)
        commit = self.checkout.write(base, proposal.writes, proposal.pins, message, now)
        self.remote.move(self.branch, old=seen.tip, new=commit.hexsha)
        return commit.hexsha, True

    def show(self, seen: Seen, sheets: Sequence[Sheet]) -> tuple[tuple[SheetLink, ...], bool]:
        """Push the sheets to where a body can show them, unless they are there already.

        Returns:
            Where they are, and whether anything was pushed.

        Raises:
            ForgeError: When GitHub refuses.
        """
        if not sheets:
            if seen.pictures is not None:
                self._move_pictures(seen.pictures, None)
            return (), seen.pictures is not None
        commit = self.checkout.pictures({sheet.name: sheet.content for sheet in sheets}, _PICTURES)
        if commit.hexsha != seen.pictures:
            self._move_pictures(seen.pictures, commit.hexsha)
        address = f"{self.remote.url.removesuffix('.git')}/blob/{commit.hexsha}"
        links = (SheetLink(s.alt, s.caption, f"{address}/{s.name}?raw=true") for s in sheets)
        return tuple(links), commit.hexsha != seen.pictures

    def lay_page(self, page: str) -> bool:
        """Push the review page to where GitHub Pages can show it, unless it is there already.

        Returns:
            Whether it was pushed.

        Raises:
            ForgeError: When GitHub refuses, or the branch is not the bot's.
        """
        name = page_branch(self.branch)
        old = self.remote.tips(name).get(name)
        # Pages reads what begins with an underscore as Jekyll's own, unless that file is there.
        files = {"index.html": page.encode(), ".nojekyll": b""}
        commit = self.checkout.pictures(files, _PAGE)
        if commit.hexsha == old:
            return False
        self._move_whole(name, old, commit.hexsha)
        return True

    def keep_merged(self, seen: Seen, now: dt.datetime) -> None:
        """Keep the pictures that the last merged pull request shows, before their branch moves on.

        Raises:
            ForgeError: When GitHub refuses, or somebody moved the branch meanwhile.
        """
        if seen.pictures is None or seen.pictures not in seen.merged:
            return
        name = merged_branch(self.branch, now.year)
        tip = self.remote.tips(name).get(name)
        self.remote.fetch(seen.pictures, *([tip] if tip else []))
        repo, earlier = self.checkout.repo, None
        pictures = repo.commit(seen.pictures)
        if tip is not None:
            earlier = repo.commit(tip)
            if repo.is_ancestor(pictures, earlier):
                return
            if earlier.author.email != EMAIL:
                raise ForgeError(
                    f"Branch {name} holds commits that are not the bot's, so the pictures of what "
                    "was merged could not be kept there. Rename that branch, and run again."
                )
        kept = self.checkout.keeping(earlier, pictures, _MERGED, now)
        self.remote.add(name, kept.hexsha, to=tip)

    def delete(self, seen: Seen) -> None:
        """Delete both branches; of the proposal's, only what is the bot's own.

        Raises:
            ForgeError: When GitHub refuses, or somebody moved one meanwhile.
        """
        if seen.tip is not None and seen.ours:
            self.remote.move(self.branch, old=seen.tip, new=None)
        if seen.pictures is not None:
            self._move_pictures(seen.pictures, None)
