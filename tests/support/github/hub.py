"""What a test holds of the emulator: the bot's clients, people's hands, and a look inside."""

import base64
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import requests
from github import Auth, Github
from github.Repository import Repository

from tests.support.github.openapi import Description, Exchange

COLLECTION = "maintainer/collection"
SOURCE = "upstream/source"
FORK = "maintainer/source"


class Entry(NamedTuple):
    """One request of the ledger; `status` is None where the connection was cut."""

    method: str
    path: str
    status: int | None
    wrote: bool
    fault: bool
    login: str | None
    auth: str | None


class Hub:
    """A GitHub of our own, fresh for each test.

    People: maintainer (owner), reviewer (may push), reader, stranger, upstream; the bot as the user
    `bot` or the app `sync-app[bot]`, both of which may push to the collection and to the fork.
    """

    token = "token-of-bot"
    read_only_token = "token-of-bot-read-only"
    app_token = "token-of-app"
    actions_token = "token-of-actions"
    owner_token = "token-of-maintainer"

    def __init__(self, url: str, description: Description) -> None:
        self.url = url
        self._description = description
        self._control = requests.Session()
        self._clients: list[Github] = []

    # What the bot is given.

    @property
    def clone_url(self) -> str:
        """The collection, for git."""
        return self.clone_url_of(COLLECTION)

    def clone_url_of(self, repo: str) -> str:
        """Any repository, for git."""
        return f"{self.url}/{repo}.git"

    def client(self, token: str | None = token, **options: Any) -> Github:
        """Return a PyGithub client without pacing; it is closed after the test."""
        pacing = {"seconds_between_requests": None, "seconds_between_writes": None}
        auth = None if token is None else Auth.Token(token)
        client = Github(base_url=self.url, auth=auth, **(pacing | options))
        self._clients.append(client)
        return client

    def repo(
        self, name: str = COLLECTION, *, token: str | None = token, **options: Any
    ) -> Repository:
        """Return a repository as PyGithub sees it."""
        return self.client(token, **options).get_repo(name)

    def git_env(self, token: str = token) -> dict[str, str]:
        """Let git use a token through its environment, as the bot must."""
        basic = base64.b64encode(f"x-access-token:{token}".encode()).decode()
        return {
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"http.{self.url}/.extraHeader",
            "GIT_CONFIG_VALUE_0": f"Authorization: Basic {basic}",
        }

    # Trouble, and what came of it.

    def fault(
        self,
        path: str = "",
        *,
        method: str | None = None,
        times: int = 1,
        skip: int = 0,
        status: int | None = None,
        message: str = "Server Error",
        headers: Mapping[str, str] | None = None,
        drop: bool = False,
        after: bool = False,
        delay_s: float = 0,
        decline: str | None = None,
        leaves: Literal["starter"] | None = None,
    ) -> None:
        """Let the next matching requests fail, git's included.

        Args:
            path: Regular expression searched in the path; git's end in `.git/git-receive-pack`,
                `.git/git-upload-pack` and `.git/info/refs`.
            method: HTTP method, or "write" for whatever is neither GET, HEAD nor a fetch.
            times: How many requests it hits.
            skip: How many matching ones pass first.
            status: Answer this; with `message` and `headers` (Retry-After, …).
            message: GitHub's words.
            headers: Extra headers of the answer.
            drop: Cut the connection instead of answering.
            after: Do what was asked first; the client does not learn of it.
            delay_s: Wait before acting, or before answering where `after` is set; without `status`
                and `drop` the request is then carried out as usual.
            decline: Reject every ref of a push with these words.
            leaves: "starter" leaves a half-uploaded file behind, as a broken upload does.
        """
        fault = {
            "path": path,
            "method": method,
            "times": times,
            "skip": skip,
            "status": status,
            "message": message,
            "headers": dict(headers or {}),
            "drop": drop,
            "after": after,
            "delay_s": delay_s,
            "decline": decline,
            "leaves": leaves,
        }
        self._tell("fault", **{name: value for name, value in fault.items() if value is not None})

    def secondary_limit(
        self, path: str = "", *, retry_after_s: int | None = None, **options: Any
    ) -> None:
        """Let GitHub say that it was asked too much in too short a time."""
        words = "You have exceeded a secondary rate limit. Please wait a few minutes before you "
        words += "try again."
        headers = {} if retry_after_s is None else {"Retry-After": str(retry_after_s)}
        self.fault(path, status=403, message=words, headers=headers, **options)

    def clear_faults(self) -> None:
        """Let everything work again."""
        self._tell("clear_faults")

    def faults_left(self) -> int:
        """Count the failures that were ordered and have not come."""
        return int(self._tell("faults_left")["left"])

    def settle(self) -> None:
        """Wait until every request is over, also those whose client gave up waiting."""
        self._tell("settle")

    def ledger(self, *, since: int = 0) -> list[Entry]:
        """List the requests of the bot: everything that came over the wire."""
        rows = self._tell("ledger", since=since)
        return [Entry(**{name: row[name] for name in Entry._fields}) for row in rows]

    def mark(self) -> int:
        """Remember this moment."""
        return int(self._tell("mark"))

    def writes_since(self, mark: int = 0) -> list[Entry]:
        """List the requests that changed something since a moment."""
        return [entry for entry in self.ledger(since=mark) if entry.wrote]

    def snapshot(self, repo: str = COLLECTION) -> dict[str, Any]:
        """Return pulls, issues, comments, labels, releases (with assets) and refs as plain data."""
        snapshot: dict[str, Any] = self._tell("snapshot", repo=repo)
        return snapshot

    def exchanges(self) -> list[Exchange]:
        """List the requests with their bodies and answers."""
        rows = self._tell("ledger")
        return [Exchange(**{name: row[name] for name in Exchange._fields}) for row in rows]

    def requests_off(self) -> list[str]:
        """List what GitHub's description does not allow in the requests so far."""
        return [line for one in self.exchanges() for line in self._description.requests_off(one)]

    def answers_off(self) -> list[str]:
        """List where the emulator's answers differ from GitHub's description."""
        return [line for one in self.exchanges() for line in self._description.answers_off(one)]

    # What people do, behind the bot's back: never in the ledger, never hit by a fault.

    def commit_as_person(
        self,
        branch: str,
        files: Mapping[str, bytes | None],
        *,
        login: str = "maintainer",
        message: str = "A person's change",
        repo: str = COLLECTION,
    ) -> str:
        """Commit onto a branch, which is created where it is missing; None deletes a file."""
        encoded = {
            path: None if content is None else base64.b64encode(content).decode()
            for path, content in files.items()
        }
        made = self._tell(
            "commit", repo=repo, branch=branch, files=encoded, message=message, login=login
        )
        return str(made["sha"])

    def adopt(self, folder: str, *, repo: str = COLLECTION) -> dict[str, str]:
        """Replace a repository's branches and tags by those of a local one."""
        refs: dict[str, str] = self._tell("adopt", repo=repo, folder=folder)
        return refs

    def merge(
        self,
        number: int,
        *,
        login: str = "maintainer",
        method: str = "merge",
        repo: str = COLLECTION,
    ) -> str:
        """Merge a pull request; give the commit."""
        path = f"/repos/{repo}/pulls/{number}/merge"
        return str(self.as_person(login, "PUT", path, {"merge_method": method})["sha"])

    def comment_as(self, login: str, text: str, *, number: int, repo: str = COLLECTION) -> int:
        """Comment on a pull request or issue; give the comment's id."""
        path = f"/repos/{repo}/issues/{number}/comments"
        return int(self.as_person(login, "POST", path, {"body": text})["id"])

    def edit_body_as(self, login: str, body: str, *, number: int, repo: str = COLLECTION) -> None:
        """Edit the text of a pull request, as ticking a checkbox does.

        What is typed in a browser reaches GitHub with CRLF; pass it where that matters.
        """
        self.as_person(login, "PATCH", f"/repos/{repo}/pulls/{number}", {"body": body})

    def edit_as(self, login: str, *, number: int, repo: str = COLLECTION, **change: str) -> None:
        """Edit `title`, `state` or `base` of a pull request."""
        self.as_person(login, "PATCH", f"/repos/{repo}/pulls/{number}", change)

    def label_as(self, login: str, *labels: str, number: int, repo: str = COLLECTION) -> None:
        """Put labels on a pull request or issue."""
        path = f"/repos/{repo}/issues/{number}/labels"
        self.as_person(login, "POST", path, {"labels": list(labels)})

    def unlabel_as(self, login: str, label: str, *, number: int, repo: str = COLLECTION) -> None:
        """Take a label away."""
        self.as_person(login, "DELETE", f"/repos/{repo}/issues/{number}/labels/{label}")

    def delete_branch_as(self, login: str, branch: str, *, repo: str = COLLECTION) -> None:
        """Delete a branch."""
        self.as_person(login, "DELETE", f"/repos/{repo}/git/refs/heads/{branch}")

    def protect(self, branch: str = "main", *, on: bool = True, repo: str = COLLECTION) -> None:
        """Protect a branch from everyone's pushes."""
        self._tell("protect", repo=repo, branch=branch, on=on)

    def runs_of(
        self,
        workflow: str,
        runs: Mapping[str, str],
        *,
        state: str = "disabled_inactivity",
        repo: str = COLLECTION,
    ) -> None:
        """Return how a workflow ended, newest first: conclusions by time, and whether it is on.

        The conclusion `waiting` is a run that waits for a person's approval.
        """
        listed = [{"created_at": time, "conclusion": ended} for time, ended in runs.items()]
        self._tell("runs", repo=repo, name=workflow, runs=listed, state=state)

    def settings(self, *, repo: str = COLLECTION, **changed: bool | str) -> None:
        """Switch `issues`, `actions` or `pulls_by_actions` (what Actions may open) on or off.

        `pages_branch` names what GitHub Pages shows; "" switches Pages off.
        """
        self._tell("settings", repo=repo, changed=changed)

    def workflow_state(self, workflow: str, *, repo: str = COLLECTION) -> str:
        """Return whether GitHub would start a workflow."""
        return str(self._tell("workflow_state", repo=repo, name=workflow)["state"])

    def as_person(self, login: str, method: str, path: str, body: Any = None) -> Any:
        """Do anything the API offers as somebody; fail where GitHub would refuse it."""
        sent = {} if body is None else {"body": body}
        answer = self._tell("as", login=login, method=method, path=path, **sent)
        if answer["status"] >= requests.codes.bad_request:
            raise AssertionError(f"{login} may not {method} {path}: {answer}")
        return answer.get("json")

    # Between tests.

    def reset(self) -> None:
        """Forget everything that happened."""
        self._tell("reset")

    def close_clients(self) -> None:
        """Close what the test opened."""
        while self._clients:
            self._clients.pop().close()

    def close(self) -> None:
        """Close every connection."""
        self.close_clients()
        self._control.close()

    def _tell(self, command: str, **options: Any) -> Any:
        answer = self._control.post(f"{self.url}/_emulator/{command}", json=options, timeout=60)
        if not answer.ok:
            raise AssertionError(f"the emulator refused {command} {options}: {answer.text}")
        return answer.json()
