"""Answer what people asked on GitHub, after it was done: reactions, a label, replies.

A comment counts once: the bot's own reaction under it says that it was answered.
"""

from collections.abc import Callable, Sequence

from github.IssueComment import IssueComment
from github.Repository import Repository

from flows.forge.github.calls import maybe, once, read
from flows.forge.github.look import Found
from flows.forge.github.pull import put_labels
from flows.forge.review.requests import Commands, Requests, read_requests
from flows.forge.review.seen import HOLD
from flows.proposal.answers import Hold, Misunderstood

_DONE, _PUZZLED, _NOT_ALLOWED = "+1", "confused", "-1"
_FINAL = {_DONE, _PUZZLED, _NOT_ALLOWED}  # any other of ours only says that it was seen
_WRITERS = {"admin", "maintain", "write"}


def requests_of(repository: Repository, found: Found, login: str) -> Requests:
    """Read what people asked in the open pull request.

    Args:
        repository: Where.
        found: What is there.
        login: The bot's own name.
    """
    return read_requests(
        found.seen,
        login,
        may_write=lambda author: may_write(repository, author),
        is_answered=lambda comment: _reacted(found.comments[comment.id], login),
    )


def _reacted(comment: IssueComment, login: str) -> bool:
    own = (one for one in read(comment.get_reactions) if one.user and one.user.login == login)
    return any(one.content in _FINAL for one in own)


def may_write(repository: Repository, login: str) -> bool:
    """Return whether somebody may command the bot: whoever may write into the repository."""
    return maybe(lambda: repository.get_collaborator_permission(login)) in _WRITERS


def acknowledge(
    repository: Repository,
    found: Found,
    asked: Requests,
    login: str,
    *,
    only: type[Hold] | None = None,
) -> None:
    """Acknowledge every request with a reaction, only after what it asks for is done.

    Args:
        repository: Where.
        found: What is there.
        asked: What was asked.
        login: The bot's own name.
        only: Leave those for another night who asked for something else.

    Raises:
        ForgeError: When GitHub refuses it.
    """
    if asked.has(Hold) and found.pull is not None and not found.seen.on_hold:
        put_labels(repository, found.pull, [HOLD])
    for commands in asked.comments:
        if only and not all(isinstance(one, only) for one in commands.answers):
            continue
        puzzles = commands.misunderstood
        if puzzles and commands.allowed:
            _reply(found, commands, puzzles, login)
        reaction = _NOT_ALLOWED if not commands.allowed else _PUZZLED if puzzles else _DONE
        once(_reaction(found.comments[commands.comment.id], reaction))


def _reaction(comment: IssueComment, content: str) -> Callable[[], object]:
    return lambda: comment.create_reaction(content)


def _reply(found: Found, commands: Commands, puzzles: Sequence[Misunderstood], login: str) -> None:
    """Reply, once, with what was not understood, although the response may be lost."""
    mark = f"<!-- covid19-images:reply {commands.comment.id} -->"
    words = "\n\n".join([*(one.text for one in puzzles), puzzles[-1].help, mark])
    pull = found.pull
    assert pull is not None

    def look() -> IssueComment | None:
        own = (one for one in pull.get_issue_comments() if one.user.login == login)
        return next((one for one in own if mark in one.body), None)

    if found.marked(mark, login) is None:
        once(lambda: pull.create_issue_comment(words), look)
