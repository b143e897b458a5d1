"""Read what people asked since the last night: ticked boxes, and commands in comments.

A comment counts once: the forge knows which of them the bot answered.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from flows.forge.decisions_file import Entry, entries
from flows.forge.review.seen import STICKY, Comment, Seen
from flows.proposal.answers import (
    Answer,
    Hold,
    Misunderstood,
    Rebuild,
    read_checkboxes,
    read_commands,
)
from flows.proposal.known import Known, checked
from flows.proposal.record import read_record


@dataclass(frozen=True, slots=True)
class Commands:
    """One comment with commands that were not answered before.

    Attributes:
        comment: The comment.
        read: What it asks.
        allowed: Whether its author may ask.
    """

    comment: Comment
    read: tuple[Answer | Misunderstood, ...]
    allowed: bool

    @property
    def answers(self) -> tuple[Answer, ...]:
        """Return the answers that it asks for."""
        if not self.allowed:
            return ()
        return tuple(one for one in self.read if not isinstance(one, Misunderstood))

    @property
    def misunderstood(self) -> tuple[Misunderstood, ...]:
        """Return what nobody understands."""
        return tuple(one for one in self.read if isinstance(one, Misunderstood))


@dataclass(frozen=True, slots=True)
class Requests:
    """Everything that people asked of the bot.

    Attributes:
        ticked: What was ticked in the body, or under the bot's own comment.
        comments: The comments with commands.
    """

    ticked: tuple[Answer, ...] = ()
    comments: tuple[Commands, ...] = ()

    def has(self, kind: type[Rebuild | Hold]) -> bool:
        """Return whether somebody asked for this."""
        all_ = (*self.ticked, *(one for some in self.comments for one in some.answers))
        return any(isinstance(one, kind) for one in all_)

    def checked(self, known: Known) -> "Requests":
        """Turn answers that name nothing that exists into misunderstood ones."""

        def check(answer: Answer | Misunderstood) -> Answer | Misunderstood:
            if isinstance(answer, Misunderstood):
                return answer
            return checked(answer, known)

        ticked = (check(one) for one in self.ticked)
        return Requests(
            tuple(one for one in ticked if not isinstance(one, Misunderstood)),
            tuple(replace(one, read=tuple(map(check, one.read))) for one in self.comments),
        )

    def entries(self, number: int, today: dt.date, ignore_days: int) -> tuple[Entry, ...]:
        """Turn the answers into decisions, those of the comments last: they name who decided."""
        why = f"answered in pull request #{number}"
        made = entries(
            self.ticked, by=f"pull request #{number}", today=today, why=why, ignore_days=ignore_days
        )
        for one in self.comments:
            by = one.comment.author
            made += entries(one.answers, by=by, today=today, why=why, ignore_days=ignore_days)
        return made


def read_requests(
    seen: Seen,
    login: str,
    *,
    may_write: Callable[[str], bool],
    is_answered: Callable[[Comment], bool],
) -> Requests:
    """Read what people asked in an open pull request.

    Args:
        seen: What is there.
        login: The bot's own name.
        may_write: Returns whether somebody may command the bot, by login.
        is_answered: Returns whether the bot answered a comment before.
    """
    if seen.pull is None:
        return Requests()
    sticky = seen.marked(STICKY, login)
    # A body without a record was not written by the bot, so its boxes ask nothing that it asked.
    record = read_record(seen.pull.body)
    answers = read_checkboxes(seen.pull.body, as_written=record.ticked) if record else ()
    answers += read_checkboxes(sticky.body) if sticky else ()
    ticked = (one for one in answers if not isinstance(one, Misunderstood))
    commands = _commands(seen, login, may_write, is_answered)
    return Requests(tuple(dict.fromkeys(ticked)), tuple(commands))


def _commands(
    seen: Seen,
    login: str,
    may_write: Callable[[str], bool],
    is_answered: Callable[[Comment], bool],
) -> Iterator[Commands]:
    may: dict[str, bool] = {}
    for comment in seen.comments:
        read = read_commands(comment.body) if comment.author != login else ()
        if not read or is_answered(comment):
            continue
        if comment.author not in may:
            may[comment.author] = may_write(comment.author)
        yield Commands(comment, read, may[comment.author])
