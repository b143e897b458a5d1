"""Open the forge on GitHub as the policy says."""

import time

from flows.collection.checkout import Checkout
from flows.config.policy import Forge, ForgeKind, Policy
from flows.forge.github.connect import connect
from tests.support.collection import Collection
from tests.support.github.hub import COLLECTION, Hub


def _two_writes_s(hub: Hub, collection: Collection, policy: Policy) -> float:
    """Return how long two labels take."""
    forge = connect(Checkout(collection.folder), policy, environment={"GITHUB_TOKEN": hub.token})
    try:
        repository = forge.github.get_repo(COLLECTION)
        begin = time.monotonic()
        for name in ("one", "two"):
            repository.create_label(f"{name}-{policy.forge.seconds_between_writes}", "ededed")
        return time.monotonic() - begin
    finally:
        forge.github.close()


def _policy(hub: Hub, **options: float) -> Policy:
    return Policy(
        forge=Forge(
            kind=ForgeKind.GITHUB, repository=COLLECTION, server=hub.url, api=hub.url, **options
        )
    )


def test_a_second_lies_between_two_writes_unless_the_policy_says_less(
    hub: Hub, collection: Collection
) -> None:
    assert _two_writes_s(hub, collection, _policy(hub)) >= 0.9
    assert Policy().forge.seconds_between_writes == 1.0
    assert _two_writes_s(hub, collection, _policy(hub, seconds_between_writes=0.2)) >= 0.15
