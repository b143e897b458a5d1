"""Keep one status issue: opened when something needs a person, edited, closed when nothing does.

It is found by its mark among the bot's own issues, and opened again rather than made anew. When a
person closes it although the trouble stays, it stays closed until the trouble is another one.
"""

from github.Issue import Issue
from github.NamedUser import NamedUser
from github.Repository import Repository

from flows.forge import status_page
from flows.forge.github.calls import once, read
from flows.forge.github.pull import make_labels
from flows.forge.health import Health
from flows.forge.status_page import MARK, TITLE, StatusPage

LABEL = "sync:status"


def keep(repository: Repository, login: str, health: Health) -> str | None:
    """Write the status issue, where it differs.

    Args:
        repository: Where.
        login: The bot's own name.
        health: How the night went.

    Returns:
        Where it is, when something needs a person.

    Raises:
        ForgeError: When GitHub refuses, or does not answer.
    """
    there = find(repository, login)
    before = status_page.read(body(there))
    now = status_page.after(before, health)
    if there is None:
        return _open(repository, login, now) if now.open_issues else None
    if now.open_issues:
        _update(there, before, now)
        return str(there.html_url)
    if there.state == "open":
        once(lambda: there.edit(body=status_page.words(now), state="closed"))
    return None


def find(repository: Repository, login: str) -> Issue | None:
    """Find the status issue, open or closed."""
    own = NamedUser(repository.requester, {}, {"login": login}, completed=True)
    listed = repository.get_issues(state="all", creator=own, sort="updated", direction="desc")
    for issue in read(lambda: listed.get_page(0)):
        if issue.pull_request is None and MARK in (issue.body or ""):
            return issue
    return None


def body(issue: Issue | None) -> str:
    """Return what the status issue says; nothing where there is none."""
    return (issue.body or "").replace("\r\n", "\n") if issue else ""


def _open(repository: Repository, login: str, now: StatusPage) -> str:
    make_labels(repository, [LABEL])
    made = once(
        lambda: repository.create_issue(title=TITLE, body=status_page.words(now), labels=[LABEL]),
        lambda: find(repository, login),
    )
    return str(made.html_url)


def _update(there: Issue, before: StatusPage, now: StatusPage) -> None:
    same = before.kinds() == now.kinds()
    if there.state == "closed":
        if not same:
            once(lambda: there.edit(body=status_page.words(now), state="open"))
    elif status_page.words(now).rstrip() != body(there).rstrip():
        once(lambda: there.edit(body=status_page.words(now)))
