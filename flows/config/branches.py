"""The branches that the bot writes: never the one its proposals stand on."""

import re
from collections.abc import Collection


def own_branches(branch: str) -> frozenset[str]:
    """Return every branch that the bot may move or delete: the proposal's, its pictures', its page.

    >>> sorted(own_branches("sync/datasets"))
    ['sync/datasets', 'sync/datasets-page', 'sync/datasets-pictures']
    """
    return frozenset({branch, page_branch(branch), pictures_branch(branch)})


def pictures_branch(branch: str) -> str:
    """Return the branch that holds the pictures of a proposal."""
    return f"{branch}-pictures"


def page_branch(branch: str) -> str:
    """Return the branch that GitHub Pages can show the review page from."""
    return f"{branch}-page"


def merged_branch(branch: str, year: int) -> str:
    """Return the branch that keeps the pictures of what was merged in a year.

    >>> merged_branch("sync/datasets", 2026)
    'sync/datasets-merged-2026'
    """
    return f"{branch}-merged-{year:04}"


def is_merged_branch(name: str, branch: str) -> bool:
    """Return whether a branch is one of `merged_branch`, of whatever year.

    >>> is_merged_branch("sync/datasets-merged-2026", "sync/datasets")
    True
    """
    return bool(re.fullmatch(rf"{re.escape(branch)}-merged-\d{{4}}", name))


def apart(branch: str, others: Collection[str]) -> str:
    """Return the bot's branch, which touches none of the others.

    Args:
        branch: The proposal's branch.
        others: Branches that people keep: the base, the default branch.

    Raises:
        ValueError: When the bot would write to one of them, or git cannot hold both.
    """
    for other in others:
        if is_merged_branch(other.casefold(), branch.casefold()):
            raise ValueError(
                f"{branch!r} would make the bot keep pictures on {other!r}, which is people's; "
                "name a branch of its own, as 'sync/datasets'"
            )
        for own in sorted(own_branches(branch)):
            a, b = own.casefold(), other.casefold()
            if a == b or a.startswith(f"{b}/") or b.startswith(f"{a}/"):
                raise ValueError(
                    f"{branch!r} would make the bot write to {own!r}, beside or over {other!r}, "
                    "which is people's; name a branch of its own, as 'sync/datasets'"
                )
    return branch
