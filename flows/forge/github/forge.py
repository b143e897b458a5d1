"""Keep one rolling pull request: observe GitHub, decide, write only what differs."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from git.objects import Commit
from github import Github
from github.Repository import Repository

from flows.collection.checkout import Checkout
from flows.collection.state import DECISIONS
from flows.config.policy import Policy
from flows.forge import Applied, Feedback, OpenProposal, pages, status_page
from flows.forge.decisions_file import carried, record
from flows.forge.errors import ForgeError
from flows.forge.github import pull, status
from flows.forge.github.answer import acknowledge, requests_of
from flows.forge.github.base import check_base, find_base
from flows.forge.github.branches import Branches
from flows.forge.github.calls import once, read
from flows.forge.github.forks import Fork, bring_up
from flows.forge.github.look import (
    Found,
    closed_pulls,
    comments_of,
    open_pull,
    plain_comment,
    plain_pull,
)
from flows.forge.github.remote import LostRaceError, Remote
from flows.forge.github.review_page import page_url
from flows.forge.health import Health
from flows.forge.review.decide import Leave, Propose, Wait, Withdraw, decide
from flows.forge.review.known import known
from flows.forge.review.requests import Requests
from flows.forge.review.seen import STICKY, Seen
from flows.forge.review.token import digest, parse_token, token_of
from flows.forge.status_page import StatusPage
from flows.proposal.answers import Hold, Rebuild
from flows.proposal.proposal import Proposal

LOGIN = "COVID19_IMAGES_LOGIN"
_OTHER = "\0"  # no body on GitHub is this one


@dataclass(slots=True)
class GitHubForge:
    """Lay proposals on a branch on GitHub, and keep one pull request for it.

    Attributes:
        checkout: The clone of the collection.
        policy: How the bot behaves.
        github: A client of the API.
        remote: The same repository for git.
        run_url: Where this night's log is, if somebody keeps one.
        folder: Where the review page is written, for a workflow to keep.
        forks: Forks of ours that are updated to their upstreams first.
        login: Who writes, where that is another one than the token of this process.
    """

    checkout: Checkout
    policy: Policy
    github: Github
    remote: Remote
    run_url: str | None = None
    folder: Path | None = None
    forks: Sequence[Fork] = ()
    login: str | None = None
    _asked: Requests = field(default_factory=Requests, init=False)
    _body: str | None = field(default=None, init=False)
    _known: Repository | None = field(default=None, init=False)
    _name: str | None = field(default=None, init=False)

    def read_feedback(self, today: dt.date) -> Feedback:
        """Find the base on GitHub, read what people answered, update the forks.

        Raises:
            ForgeError: When GitHub refuses, or does not answer.
        """
        places = self._branches()
        base = find_base(self.checkout, self.remote, self.policy.base)
        found = self._look(places)
        seen = found.seen
        self._body = seen.pull.body if seen.pull else None
        self._asked = requests_of(self.repository(), found, self._login())
        decisions = self._decisions(seen, base, today)
        answered = [one.comment for one in self._asked.comments]
        token = token_of(self._login(), self._body, answered)
        notes = bring_up(self.github, self.forks, today)
        there = self._proposed(seen, today)
        return Feedback(base, decisions, notes, token.model_dump_json(), there)

    def replay_feedback(self, feedback_token: str, base: str, today: dt.date) -> Feedback:
        """Read again the feedback that another process read; newer one waits for the next run.

        Raises:
            ForgeError: When GitHub refuses, does not answer, or has no such base.
        """
        earlier, places = parse_token(feedback_token), self._branches()
        if earlier.login != self._login():
            raise ForgeError(
                f"The night was computed as {earlier.login}, and this token is {self._login()}. "
                f"Nothing was written. Set {LOGIN} to {self._login()} where it is computed."
            )
        check_base(self.checkout, self.remote, self.policy.base, base)
        found = self._look(places)
        seen = found.seen
        asked = requests_of(self.repository(), found, self._login())
        comments = tuple(one for one in asked.comments if earlier.has(one.comment))
        self._asked = replace(asked, comments=comments)
        body = seen.pull.body if seen.pull else None
        self._body = body if body is None or digest(body) == earlier.body else _OTHER
        there = self.checkout.repo.commit(base)
        return Feedback(
            there,
            self._decisions(seen, there, today),
            feedback_token=feedback_token,
            proposed=self._proposed(seen, today),
        )

    def _proposed(self, seen: Seen, today: dt.date) -> OpenProposal | None:
        """Find the open proposal; one that people closed or work on proposes nothing more."""
        if seen.pull is None or seen.tip is None or seen.content is None:
            return None
        return OpenProposal(self.checkout.repo.commit(seen.tip), today)

    def update_status(self, health: Health) -> str | None:
        """Update the status issue.

        Raises:
            ForgeError: When GitHub refuses, or does not answer.
        """
        return status.keep(self.repository(), self._login(), health)

    def read_status(self) -> StatusPage:
        """Read what needs a person; nothing does where there is no status issue.

        Raises:
            ForgeError: When GitHub refuses, or does not answer.
        """
        return status_page.read(status.body(status.find(self.repository(), self._login())))

    def _decisions(self, seen: Seen, base: Commit, today: dt.date) -> str | None:
        """Write what people answered into the base's decisions; `None` when nothing is new."""
        if seen.pull is None:
            return None
        tip = self.checkout.repo.commit(seen.tip) if seen.tip else base
        if self._asked.ticked or self._asked.comments:
            self._asked = self._asked.checked(known(self.checkout, tip, base))
        tip = tip if seen.ours else base
        base_text, days = self.checkout.text(base, DECISIONS), self.policy.ignore_days
        began = self.checkout.text(tip.parents[0], DECISIONS) if tip != base else base_text
        new = carried(base_text, self.checkout.text(tip, DECISIONS), began)
        new = record(new, self._asked.entries(seen.pull.number, today, days))
        return new if new != base_text else None

    def apply(self, proposal: Proposal | None, base: Commit, now: dt.datetime) -> Applied:
        """Write branch and pull request of the proposal, where they differ."""
        if self.folder is not None:
            pages.write_pages(self.folder, proposal)
        try:
            return self._apply(proposal, base, now)
        except LostRaceError as error:
            return Applied("left_alone", str(error))
        except ForgeError as error:
            return Applied("failed", str(error))

    def _apply(self, proposal: Proposal | None, base: Commit, now: dt.datetime) -> Applied:
        places = self._branches()
        places.refuse_default(self.repository().default_branch)
        found, login = self._look(places), self._login()
        seen = found.seen
        if self._asked.has(Hold) and not seen.on_hold:
            acknowledge(self.repository(), found, self._asked, login, only=Hold)
            return self._left("Somebody asked to hold, so nothing was written.", seen)
        content = proposal.content_hash if proposal else None
        takeover = self._asked.has(Rebuild)
        decision = decide(seen, content, target=self.policy.base, takeover=takeover)
        match decision:
            case Leave(message=message, nothing=nothing):
                return Applied("nothing", message) if nothing else self._left(message, seen)
            case Withdraw():
                applied = self._withdraw(found, login, now)
            case Wait(reason=reason):
                assert proposal is not None
                assert found.pull is not None
                pull.wait(found.pull, found.marked(STICKY, login), proposal, reason, login)
                return self._left(f"{reason} So it was left alone.", seen)
            case Propose():
                assert proposal is not None
                applied = self._propose(found, decision, proposal, base, now)
        acknowledge(self.repository(), found, self._asked, login)
        return applied

    def _propose(
        self, found: Found, decision: Propose, proposal: Proposal, base: Commit, now: dt.datetime
    ) -> Applied:
        places, seen = self._branches(), found.seen
        places.refuse_older(seen, now)
        places.keep_merged(seen, now)
        links, drawn = places.show(seen, proposal.sheets)
        head, pushed = places.lay(seen, proposal, base, now)
        drawn = self._show_page(proposal.page) or drawn
        words = pull.Words(
            proposal=proposal,
            links=links,
            base=base.hexsha,
            head=head,
            run_url=self.run_url,
            page_url=page_url(self.repository(), self.policy),
            follows=decision.follows,
            answered_body=self._body,
        )
        keeper = pull.Keeper(self.repository(), self.policy)
        there, wrote = keeper.keep(found.pull, words)
        if sticky := found.marked(STICKY, self._login()):
            pull.forget(sticky)
            wrote = True
        if not (wrote or pushed or drawn):
            return Applied("unchanged", "The same is proposed already.", there.html_url)
        message = f"Proposed as #{there.number}: {proposal.title}."
        return Applied("proposed", " ".join([message, *keeper.regrets]), there.html_url)

    def _withdraw(self, found: Found, login: str, now: dt.datetime) -> Applied:
        self._branches().keep_merged(found.seen, now)
        if found.pull is not None:
            pull.close(found.pull, found, login)
        self._show_page(pages.NOTHING_OPEN)
        self._branches().delete(found.seen)
        return Applied("withdrawn", "Nothing is left to propose; the branch was deleted.")

    def _show_page(self, page: str) -> bool:
        return self.policy.forge.pages and self._branches().lay_page(page)

    def _left(self, message: str, seen: Seen) -> Applied:
        return Applied("left_alone", message, seen.pull.url if seen.pull else None)

    def _look(self, places: Branches) -> Found:
        repository = self.repository()
        tip, pictures = places.tips()
        ours, content, base = places.describe(tip)
        there = open_pull(repository, self.policy.branch, self.policy.base)
        closed, merged = closed_pulls(repository, self.policy.branch)
        comments = comments_of(there)
        seen = Seen(
            tip=tip,
            ours=ours,
            content=content,
            base=base,
            pull=plain_pull(there) if there else None,
            closed=closed,
            comments=tuple(map(plain_comment, comments.values())),
            pictures=pictures,
            merged=merged,
        )
        return Found(seen=seen, pull=there, comments=comments)

    def _branches(self) -> Branches:
        return Branches(self.checkout, self.remote, self.policy.branch, self.policy.base)

    def repository(self) -> Repository:
        """Find the repository on GitHub, once.

        Raises:
            ForgeError: When GitHub refuses, or does not answer.
        """
        if self._known is None:
            self._known = read(lambda: self.github.get_repo(self.remote.repository))
        return self._known

    def _login(self) -> str:
        """Return the token's login; GitHub Apps and Actions have no other way of knowing."""
        if self.login:
            return self.login
        if self._name is None:
            ask = "query { viewer { login } }"
            _, response = once(lambda: self.github.requester.graphql_query(ask, {}))
            self._name = str(response["data"]["viewer"]["login"])
        return self._name
