"""Hear what people answered since the last night: ticked boxes, and commands in comments.

A comment counts once: the bot's own reaction under it says that it was heard.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from github.IssueComment import IssueComment
from github.Repository import Repository

from flows.forge.decisions_file import Entry, entries
from flows.forge.github.calls import maybe, once, read
from flows.forge.github.pull import put_labels
from flows.forge.github.seen import HOLD, STICKY, Seen
from flows.proposal.answers import (
    Answer,
    Hold,
    Known,
    Misunderstood,
    Rebuild,
    checked,
    read_checkboxes,
    read_commands,
)
from flows.proposal.record import read_record

_DONE, _PUZZLED, _NOT_ALLOWED = "+1", "confused", "-1"
_FINAL = {_DONE, _PUZZLED, _NOT_ALLOWED}  # any other of ours only says that it was seen
_WRITERS = {"admin", "maintain", "write"}


@dataclass(frozen=True, slots=True)
class Spoken:
    """One comment with commands that were not heard before.

    Attributes:
        comment: The comment.
        said: What it asks.
        allowed: Whether its author may ask.
    """

    comment: IssueComment
    said: tuple[Answer | Misunderstood, ...]
    allowed: bool

    @property
    def answers(self) -> tuple[Answer, ...]:
        """Return the answers that it asks for."""
        if not self.allowed:
            return ()
        return tuple(one for one in self.said if not isinstance(one, Misunderstood))


@dataclass(frozen=True, slots=True)
class Asked:
    """Everything that people asked of the bot.

    Attributes:
        ticked: What was ticked in the body, or under the bot's own comment.
        spoken: The comments with commands.
    """

    ticked: tuple[Answer, ...] = ()
    spoken: tuple[Spoken, ...] = ()

    def has(self, kind: type[Rebuild | Hold]) -> bool:
        """Return whether somebody asked for this."""
        all_ = (*self.ticked, *(one for spoken in self.spoken for one in spoken.answers))
        return any(isinstance(one, kind) for one in all_)

    def checked(self, known: Known) -> "Asked":
        """Turn answers that name nothing that exists into misunderstood ones."""

        def check(answer: Answer | Misunderstood) -> Answer | Misunderstood:
            if isinstance(answer, Misunderstood):
                return answer
            return checked(answer, known)

        ticked = (check(one) for one in self.ticked)
        return Asked(
            tuple(one for one in ticked if not isinstance(one, Misunderstood)),
            tuple(replace(one, said=tuple(map(check, one.said))) for one in self.spoken),
        )

    def entries(self, number: int, today: dt.date, ignore_days: int) -> tuple[Entry, ...]:
        """Turn the answers into decisions, those of the comments last: they name who decided."""
        why = f"answered in pull request #{number}"
        made = entries(
            self.ticked, by=f"pull request #{number}", today=today, why=why, ignore_days=ignore_days
        )
        for one in self.spoken:
            login = one.comment.user.login
            made += entries(one.answers, by=login, today=today, why=why, ignore_days=ignore_days)
        return made


def read_requests(repository: Repository, seen: Seen, login: str) -> Asked:
    """Read what people asked in an open pull request.

    Args:
        repository: Where.
        seen: What is there.
        login: The bot's own name.
    """
    if seen.pull is None:
        return Asked()
    sticky = seen.marked(STICKY, login)
    body = seen.pull.body or ""
    # A body without a record was not written by the bot, so its boxes ask nothing that it asked.
    record = read_record(body)
    answers = read_checkboxes(body, as_written=record.ticked) if record else ()
    answers += read_checkboxes(sticky.body) if sticky else ()
    ticked = (one for one in answers if not isinstance(one, Misunderstood))
    return Asked(tuple(dict.fromkeys(ticked)), tuple(_spoken(repository, seen, login)))


def _spoken(repository: Repository, seen: Seen, login: str) -> Iterator[Spoken]:
    may: dict[str, bool] = {}
    for comment in seen.comments:
        author = comment.user.login
        said = read_commands(comment.body) if author != login else ()
        if not said or _reacted(comment, login):
            continue
        if author not in may:
            may[author] = may_write(repository, author)
        yield Spoken(comment, said, may[author])


def _reacted(comment: IssueComment, login: str) -> bool:
    own = (one for one in read(comment.get_reactions) if one.user and one.user.login == login)
    return any(one.content in _FINAL for one in own)


def may_write(repository: Repository, login: str) -> bool:
    """Return whether somebody may command the bot: whoever may write into the repository."""
    return maybe(lambda: repository.get_collaborator_permission(login)) in _WRITERS


def acknowledge(
    repository: Repository, seen: Seen, asked: Asked, login: str, *, only: type[Hold] | None = None
) -> None:
    """Acknowledge every request with a reaction, only after what it asks for is done.

    Args:
        repository: Where.
        seen: What is there.
        asked: What was asked.
        login: The bot's own name.
        only: Leave those for another night who asked for something else.

    Raises:
        ForgeError: When GitHub refuses it.
    """
    if asked.has(Hold) and seen.pull is not None and not seen.on_hold:
        put_labels(repository, seen.pull, [HOLD])
    for spoken in asked.spoken:
        if only and not all(isinstance(one, only) for one in spoken.answers):
            continue
        puzzles = [one for one in spoken.said if isinstance(one, Misunderstood)]
        if puzzles and spoken.allowed:
            _reply(seen, spoken, puzzles, login)
        reaction = _NOT_ALLOWED if not spoken.allowed else _PUZZLED if puzzles else _DONE
        once(_reaction(spoken.comment, reaction))


def _reaction(comment: IssueComment, content: str) -> Callable[[], object]:
    return lambda: comment.create_reaction(content)


def _reply(seen: Seen, spoken: Spoken, puzzles: list[Misunderstood], login: str) -> None:
    """Reply, once, with what was not understood, although the response may be lost."""
    mark = f"<!-- covid19-images:reply {spoken.comment.id} -->"
    words = "\n\n".join([*(one.text for one in puzzles), puzzles[-1].help, mark])
    pull = seen.pull
    assert pull is not None

    def look() -> IssueComment | None:
        own = (one for one in pull.get_issue_comments() if one.user.login == login)
        return next((one for one in own if mark in one.body), None)

    if seen.marked(mark, login) is None:
        once(lambda: pull.create_issue_comment(words), look)
