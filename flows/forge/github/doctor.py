"""Check token and repository on GitHub before a night needs them."""

from collections.abc import Iterator, Mapping

from github import GithubException

from flows.config.policy import Policy
from flows.forge.errors import ForgeError, NoTokenError
from flows.forge.github.calls import client, read
from flows.forge.github.inspect import Setting, inspect
from flows.forge.github.token import NEEDED, StoredSecret, Token, find_token


def check_token(policy: Policy, environment: Mapping[str, str], stored: StoredSecret) -> Setting:
    """Check that there is a token, where one is needed."""
    repository = policy.forge.repository or environment.get("GITHUB_REPOSITORY")
    if not repository:
        says = "config/policy.toml names no repository"
        return Setting("token", "bad", says, 'Add `repository = "owner/name"` to [forge].')
    api = environment.get("GITHUB_API_URL") or policy.forge.api
    try:
        found = find_token(repository, api, environment, stored=stored)
    except NoTokenError as error:
        return Setting("token", "bad", "there is none", str(error))
    except GithubException as error:
        says = f"the App gets none ({error.status})"
        return Setting("token", "bad", says, "Check the App's id, key and installation.")
    return _rights(found, repository, api)


def _rights(found: Token, repository: str, api: str) -> Setting:
    with client(found, api, pace_s=0) as github:
        try:
            there = read(lambda: github.get_repo(repository))
        except ForgeError as error:
            return Setting("token", "bad", f"from {found.origin}", str(error))
        scopes = github.oauth_scopes
        may = there.permissions and there.permissions.push
    says = f"from {found.origin}; it may {'write to' if may else 'only read'} {repository}"
    wide = [one for one in scopes or () if one.startswith(("admin", "delete")) or one == "workflow"]
    if not may:
        return Setting("token", "bad", says, NEEDED)
    if wide:
        return Setting("token", "look", f"{says}, and more: {', '.join(wide)}", NEEDED)
    return Setting("token", "ok", says)


def check_settings(
    policy: Policy, environment: Mapping[str, str], stored: StoredSecret
) -> Iterator[Setting]:
    """Check the settings of the repository on GitHub; nothing where there is no token yet."""
    repository = policy.forge.repository or environment.get("GITHUB_REPOSITORY") or ""
    api = environment.get("GITHUB_API_URL") or policy.forge.api
    try:
        found = find_token(repository, api, environment, stored=stored)
        with client(found, api, pace_s=0) as github:
            there = read(lambda: github.get_repo(repository))
            by_actions = found.origin == "GITHUB_TOKEN"
            page_of = policy.branch if policy.forge.pages else None
            yield from inspect(there, by_actions=by_actions, page_of=page_of)
    except (ForgeError, NoTokenError, GithubException):
        return  # the finding "token" says why
