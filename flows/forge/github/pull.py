"""Write one pull request: open it, edit it, wait beside it, close it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from github.GithubObject import NotSet
from github.IssueComment import IssueComment
from github.PullRequest import PullRequest
from github.Repository import Repository

from flows.config.policy import Policy
from flows.forge.errors import ForgeError
from flows.forge.github.calls import maybe, once
from flows.forge.github.look import Found, open_pull
from flows.forge.github.review_page import first_line
from flows.forge.review.seen import FAREWELL, HOLD, STICKY, Closed
from flows.proposal.answers import Rebuild, box
from flows.proposal.proposal import Proposal
from flows.proposal.record import BodyRecord, SheetLink, read_record, with_record, with_sheets
from flows.text.escape import code

REVIEW_LABEL = "sync:held"
_COLOURS = {
    REVIEW_LABEL: ("d93f0b", "A person should look before this is merged"),
    HOLD: ("fbca04", "The bot writes nothing until this is taken off"),
}
_PLAIN = ("0e8a16", "Kept by the covid19-images bot")
_NOT_YET = (404, 422)  # what GitHub says of a branch that it has not noticed yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Everything a body is made of.

    Attributes:
        proposal: What is proposed.
        links: Where its pictures are.
        base: The commit it stands on.
        head: The commit on its branch.
        run_url: Where this night's log is.
        page_url: Where GitHub Pages shows the review page.
        follows: The closed pull request it comes after.
        answered_body: The body that people's answers were read from.
    """

    proposal: Proposal
    links: Sequence[SheetLink]
    base: str
    head: str
    run_url: str | None = None
    page_url: str | None = None
    follows: Closed | None = None
    answered_body: str | None = None

    def record(self, given: BodyRecord | None, run_url: str | None) -> BodyRecord:
        """Add what the bot did to the list of what it did before."""
        return BodyRecord(
            base=self.base,
            head=self.head,
            content=self.proposal.content_hash,
            run=run_url,
            sources=dict(self.proposal.described),
            labels=given.labels if given else (),
            reviewers=given.reviewers if given else (),
            draft=given.draft if given else False,
        )

    def body(self, run_url: str | None) -> str:
        """Write the body without its record.

        Args:
            run_url: Where the log of the night is that kept the review page.
        """
        line = first_line(self.page_url, run_url)
        first = [line] if line else []
        first += [_since(self.follows, self.proposal)] if self.follows else []
        return with_sheets("\n\n".join([*first, self.proposal.body]), self.links)


def _since(closed: Closed, proposal: Proposal) -> str:
    """Describe what is new since a pull request that was closed without merging."""
    before = closed.record.sources
    moved = [name for name, sha in proposal.described.items() if before.get(name) != sha]
    what = ", ".join(map(code, sorted(moved))) or "what people decided"
    return f"> Follows #{closed.number}, which was closed without merging. New since: {what}."


@dataclass(slots=True)
class Keeper:
    """Keep the open pull request as it should be.

    Attributes:
        repository: Where.
        policy: How the bot behaves.
        regrets: What could not be done, though the proposal stands.
    """

    repository: Repository
    policy: Policy
    regrets: list[str] = field(default_factory=list)

    def keep(self, there: PullRequest | None, words: Words) -> tuple[PullRequest, bool]:
        """Open or edit it; what is as it should be is not written.

        Returns:
            The pull request, and whether anything was written.

        Raises:
            ForgeError: When GitHub refuses, or does not answer.
        """
        opened = there is None
        pull = there or self._open(words)
        given = words.record(read_record(pull.body or ""), None)
        record, wrote = self._adorn(pull, given, words.proposal)
        edited = self._edit(pull, words, record)
        return pull, opened or wrote or edited

    def _open(self, words: Words) -> PullRequest:
        body = with_record(words.body(words.run_url), words.record(None, words.run_url))
        proposal, policy = words.proposal, self.policy
        make_labels(self.repository, [HOLD])  # so that people find it
        return once(
            lambda: self.repository.create_pull(
                base=policy.base,
                head=policy.branch,
                title=proposal.title,
                body=body,
                draft=bool(proposal.review_reasons),
            ),
            lambda: open_pull(self.repository, policy.branch, policy.base),
            unsettled=_NOT_YET,
        )

    def _adorn(
        self, pull: PullRequest, record: BodyRecord, proposal: Proposal
    ) -> tuple[BodyRecord, bool]:
        """Add labels, request reviewers, mark as draft; each once, so that people may undo it."""
        wanted = (*self.policy.forge.labels, *([REVIEW_LABEL] if proposal.review_reasons else []))
        labels = [label for label in wanted if label not in record.labels]
        reviewers = [name for name in self.policy.forge.reviewers if name not in record.reviewers]
        if labels:
            put_labels(self.repository, pull, labels)
        for name in reviewers:
            self._ask(pull, name)
        waits = bool(proposal.review_reasons)
        if waits not in (record.draft, pull.draft):
            once(pull.convert_to_draft if waits else pull.mark_ready_for_review)
        kept = record.model_copy(
            update={
                "labels": (*record.labels, *labels),
                "reviewers": (*record.reviewers, *reviewers),
                "draft": waits,
            }
        )
        return kept, kept != record

    def _ask(self, pull: PullRequest, reviewer: str) -> None:
        try:
            once(lambda: pull.create_review_request(reviewers=[reviewer]))
        except ForgeError as error:
            if error.status != 422:
                raise
            self.regrets.append(f"{reviewer} could not be asked to review: {error}")

    def _edit(self, pull: PullRequest, words: Words, record: BodyRecord) -> bool:
        there = (pull.body or "").replace("\r\n", "\n")
        if words.answered_body is not None and (pull.body or "") != words.answered_body:
            return False  # somebody answered meanwhile: the next night reads it
        was = read_record(there)
        run = was.run if was else None
        wanted = with_record(words.body(run), record.model_copy(update={"run": run}))
        if (pull.title, there, pull.base.ref) == (words.proposal.title, wanted, self.policy.base):
            return False
        run = words.run_url
        wanted = with_record(words.body(run), record.model_copy(update={"run": run}))
        base = self.policy.base if pull.base.ref != self.policy.base else NotSet
        once(lambda: pull.edit(title=words.proposal.title, body=wanted, base=base))
        return True


def put_labels(repository: Repository, pull: PullRequest, labels: Sequence[str]) -> None:
    """Add labels; those that do not exist are made, with a colour and a description.

    Raises:
        ForgeError: When GitHub refuses, or does not answer.
    """
    make_labels(repository, labels)
    once(lambda: pull.add_to_labels(*labels))


def make_labels(repository: Repository, labels: Sequence[str]) -> None:
    """Make the labels that do not exist.

    Raises:
        ForgeError: When GitHub refuses, or does not answer.
    """
    for name in labels:
        look = _label_of(repository, name)
        if look() is None:
            once(_creation(repository, name), look)


def _label_of(repository: Repository, name: str) -> Callable[[], object | None]:
    return lambda: maybe(lambda: repository.get_label(name))


def _creation(repository: Repository, name: str) -> Callable[[], object]:
    colour, about = _COLOURS.get(name, _PLAIN)
    return lambda: repository.create_label(name, colour, about)


def wait(
    pull: PullRequest, sticky: IssueComment | None, proposal: Proposal, reason: str, login: str
) -> None:
    """Write what would be proposed now in one comment beside a person's work.

    Raises:
        ForgeError: When GitHub refuses, or does not answer.
    """
    moved = [f"- {code(name)} is at `{sha[:12]}`" for name, sha in sorted(proposal.pins.items())]
    take = box(Rebuild(), "take over and rebuild: the bot's commit replaces what is on the branch")
    words = "\n".join(
        [
            STICKY,
            f"{reason} I leave it alone. What I would propose now: **{proposal.title}**",
            "",
            *moved,
            "",
            take,
            "",
        ]
    )

    def look() -> IssueComment | None:
        own = (one for one in pull.get_issue_comments() if one.user.login == login)
        return next((one for one in own if STICKY in one.body), None)

    if sticky is None:
        once(lambda: pull.create_issue_comment(words), look)
    elif sticky.body.replace("\r\n", "\n").rstrip() != words.rstrip():
        once(lambda: sticky.edit(words))


def forget(sticky: IssueComment) -> None:
    """Delete the comment of `wait`, which is no longer true."""
    try:
        once(sticky.delete)
    except ForgeError as error:
        if error.status != 404:
            raise


def close(pull: PullRequest, found: Found, login: str) -> None:
    """Close a pull request with one line that says why.

    Raises:
        ForgeError: When GitHub refuses, or does not answer.
    """
    words = f"{FAREWELL}\nNothing is left to propose, so this is closed and its branch deleted."

    def look() -> IssueComment | None:
        own = (one for one in pull.get_issue_comments() if one.user.login == login)
        return next((one for one in own if FAREWELL in one.body), None)

    if found.marked(FAREWELL, login) is None:
        once(lambda: pull.create_issue_comment(words), look)
    once(lambda: pull.edit(state="closed"))
