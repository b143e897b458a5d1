"""The commit that proposals stand on: found on GitHub, or checked to be there still."""

from git.objects import Commit

from flows.collection.checkout import Checkout
from flows.forge.errors import ForgeError
from flows.forge.github.remote import Remote


def find_base(checkout: Checkout, remote: Remote, branch: str) -> Commit:
    """Fetch the newest commit of the base branch.

    Raises:
        ForgeError: There is no such branch, or GitHub does not answer.
    """
    tip = remote.tips(branch).get(branch)
    if tip is None:
        raise ForgeError(
            f"{remote.repository} has no branch {branch}. Name the right one as `base` in "
            "config/policy.toml, or push it."
        )
    remote.fetch(tip)
    return checkout.repo.commit(tip)


def check_base(checkout: Checkout, remote: Remote, branch: str, base: str) -> None:
    """Fetch the base; it must be on the branch that proposals stand on.

    Raises:
        ForgeError: It is not there, the collection changed since, or GitHub does not answer.
    """
    tip = remote.tips(branch).get(branch)
    if tip is not None:
        remote.fetch(tip)
        repo = checkout.repo
        if base in checkout and repo.is_ancestor(repo.commit(base), repo.commit(tip)):
            if checkout.same_collection(repo.commit(base), repo.commit(tip)):
                return
            raise ForgeError(
                f"The collection of {branch} is another one than at {base[:12]}, where this was "
                "computed: something was merged meanwhile. Nothing was written; the next night "
                "starts from what is there now."
            )
    raise ForgeError(
        f"{base[:12]} is not on {branch} of {remote.repository}. Nothing was written; the next "
        "night starts from what is there then."
    )
