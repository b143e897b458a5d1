"""The bot writes to branches of its own, whatever the policy says."""

import pytest
from pydantic import ValidationError

from flows.config.branches import apart
from flows.config.policy import Policy

NOT_APART = [
    ("main", "main"),
    ("main", "Main"),
    ("main", "main/sync"),
    ("sync/main", "sync"),
    ("sync-pictures", "sync"),
    ("sync-pictures/x", "sync"),
    ("sync-page", "sync"),
    ("sync-merged-2026", "sync"),
]


@pytest.mark.parametrize(("base", "branch"), NOT_APART)
def test_a_branch_that_is_not_apart_from_the_base_is_no_policy(base: str, branch: str) -> None:
    with pytest.raises(ValidationError):
        Policy(base=base, branch=branch)


@pytest.mark.parametrize(("other", "branch"), NOT_APART)
def test_the_guard_below_names_both_branches(other: str, branch: str) -> None:
    with pytest.raises(ValueError, match="which is people's; name a branch of its own"):
        apart(branch, [other])


@pytest.mark.parametrize("branch", ["sync", "sync/datasets", "maintenance", "bot/a_b-c.d"])
def test_other_branches_are_taken_as_they_are(branch: str) -> None:
    assert apart(branch, ["main"]) == branch
    assert Policy(branch=branch).branch == branch
