"""Take up a command as soon as it is written: show that it was seen, and start a night.

The night does what the command asks, with the border between its two jobs, and answers for good.
"""

import requests
from github.PullRequest import PullRequest
from github.Repository import Repository

from flows.config.policy import Policy
from flows.forge.errors import ForgeError
from flows.forge.github.answer import may_write
from flows.forge.github.calls import maybe, once
from flows.forge.github.forge import GitHubForge
from flows.proposal.answers import read_commands

_SEEN = "eyes"


def take_up(forge: GitHubForge, number: int, comment_id: int, workflow: str) -> str:
    """Acknowledge a comment with commands, and start the workflow that carries them out.

    Args:
        forge: Where.
        number: The number of the pull request or issue it stands under.
        comment_id: The comment.
        workflow: File name of the workflow that runs the nights.

    Returns:
        What was done, as a sentence.

    Raises:
        ForgeError: When GitHub refuses, or does not answer.
    """
    repository = forge.repository()
    pull = maybe(lambda: repository.get_pull(number))
    if pull is None or not _is_proposal(pull, repository, forge.policy):
        return f"#{number} is not the bot's open proposal; nothing was done."
    comment = maybe(lambda: pull.get_issue_comment(comment_id))
    if comment is None or not comment.issue_url.endswith(f"/{number}"):
        return "The comment is gone; nothing was done."
    if not read_commands(comment.body):
        return "The comment holds no command; nothing was done."
    if not may_write(repository, comment.user.login):
        return "Its author may not write here; nothing was done."
    once(lambda: comment.create_reaction(_SEEN))
    _start(repository, workflow)
    return f"Seen, and {workflow} was started."


def _is_proposal(pull: PullRequest, repository: Repository, policy: Policy) -> bool:
    return (
        pull.state == "open"
        and pull.head.ref == policy.branch
        and pull.head.repo is not None
        and pull.head.repo.full_name == repository.full_name
    )


def _start(repository: Repository, workflow: str) -> None:
    """Start a night from the default branch; one more does no harm where an answer is lost."""
    found = maybe(lambda: repository.get_workflow(workflow))
    if found is None:
        raise ForgeError(
            f"{repository.full_name} has no workflow {workflow}. The next night does what was "
            "asked; name another one with --workflow, or push it."
        )
    branch = repository.default_branch
    url = f"{found.url}/dispatches"
    once(
        lambda: repository.requester.requestJsonAndCheck("POST", url, input={"ref": branch}),
        unsettled=(requests.codes.not_found,),
    )
