"""What the open proposal holds, for the sources that a run does not visit or that stay silent."""

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from git.objects import Commit

from flows.collection import committed, state
from flows.collection.state import State
from flows.forge import OpenProposal


@dataclass(frozen=True, slots=True)
class Stood:
    """The open proposal as it stands.

    Attributes:
        proposed: The collection as it proposes it.
        before: The collection that it stands on.
        today: UTC date of the run.
        since: Since when sources were not visited, of those that were not visited before.
        review_reasons: Why a person should look, by source.
        as_of: UTC date of the newest upstream commit taken in.
    """

    proposed: State
    before: State
    today: dt.date
    since: Mapping[str, dt.date] = field(default_factory=dict)
    review_reasons: Mapping[str, str] = field(default_factory=dict)
    as_of: dt.date | None = None

    def not_visited_since(self, name: str) -> dt.date:
        """Return since when a source was not visited, if it is not visited now either."""
        return min(self.since.get(name, self.today), self.today)


def stood(there: OpenProposal | None, read: Callable[[Commit], State]) -> Stood | None:
    """Read what the open proposal holds; `None` where there is none.

    Args:
        there: Where it is.
        read: Reads what the collection holds at a commit.

    Raises:
        CheckoutError: When a file there is not what we write.
    """
    if there is None:
        return None
    recorded = _changes(there.commit)
    sources = {one["source"]: one for one in recorded.get("sources", ())}
    return Stood(
        proposed=read(there.commit),
        before=read(there.commit.parents[0]),
        today=there.today,
        since={
            name: day for name, one in sources.items() if (day := _day(one, "not_visited_since"))
        },
        review_reasons={name: one["held"] for name, one in sources.items() if one.get("held")},
        as_of=_day(recorded, "upstream_as_of"),
    )


def _changes(commit: Commit) -> dict[str, Any]:
    """Read the changes of a proposal, which the bot wrote; nothing where they are another's."""
    try:
        found = json.loads(committed.text(commit.tree, state.CHANGES_JSON))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _day(values: Mapping[str, Any], name: str) -> dt.date | None:
    value = values.get(name)
    return dt.date.fromisoformat(value) if isinstance(value, str) else None
