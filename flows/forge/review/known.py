"""What answers may name: pictures, sources and commits that are there."""

import tomllib

from git.objects import Commit

from flows.collection.checkout import Checkout
from flows.collection.row_history import earlier_commits
from flows.collection.state import DECISIONS
from flows.config.decisions import Decisions
from flows.proposal.known import Known

_VOCABULARY = "config/vocabulary.toml"


def known(checkout: Checkout, tip: Commit, base: Commit) -> Known:
    """List what answers may name.

    Args:
        checkout: The clone of the collection.
        tip: What is proposed.
        base: What it stands on.

    Raises:
        CheckoutError: When a file there is not what we write.
    """
    state = checkout.state(tip)
    rows = [record for some in state.records.values() for record in some]
    keys = {record.key for record in rows} | {record.image_id for record in rows if record.image_id}
    decisions = Decisions.model_validate(tomllib.loads(checkout.text(tip, DECISIONS)))
    return Known(
        pictures=keys,
        sources=set(checkout.stems(tip, "config/sources")),
        commits=earlier_commits(checkout.repo, base, state.described),
        findings=_findings(checkout.text(tip, _VOCABULARY)),
        pins={one.source: one.commit for one in decisions.pin if decisions.pinned(one.source)},
    )


def _findings(vocabulary: str) -> tuple[str, ...]:
    """Return the collection's words for findings, as the proposal has them."""
    listed = tomllib.loads(vocabulary).get("findings", ())
    return tuple(str(word) for word in listed)
