"""What the bot does with a proposal follows from plain values, one row of the table each."""

import pytest

from flows.forge.review.decide import Decision, Leave, Propose, Wait, Withdraw, decide
from flows.forge.review.seen import HOLD, Closed, Pull, Seen
from flows.proposal.record import BodyRecord

TIP, SAME = "1" * 40, "a" * 64
PULL = Pull(number=7, url="https://forge/7", body="", target="main")
HELD = Pull(number=7, url="", body="", target="main", labels=frozenset({HOLD}))
ELSEWHERE = Pull(number=7, url="", body="", target="other")
BEFORE = Closed(6, "before", BodyRecord(base=TIP, head=TIP, content=SAME))

TABLE = {
    "nothing to propose, nothing there": (Seen(), None, Leave),
    "nothing left to propose": (Seen(tip=TIP, ours=True, pull=PULL), None, Withdraw),
    "nothing left, but a person's commits": (Seen(tip=TIP, pull=PULL), None, Leave),
    "no pull request": (Seen(), "new", Propose),
    "the branch is the bot's": (Seen(tip=TIP, ours=True, pull=PULL), "new", Propose),
    "a person committed": (Seen(tip=TIP, ours=False, pull=PULL), "new", Wait),
    "a person changed the target": (Seen(tip=TIP, ours=True, pull=ELSEWHERE), "new", Wait),
    "on hold": (Seen(tip=TIP, ours=True, pull=HELD), "new", Leave),
    "closed, the same content": (Seen(closed=(BEFORE,)), SAME, Leave),
    "closed, other content": (Seen(closed=(BEFORE,)), "new", Propose),
}


@pytest.mark.parametrize("situation", TABLE)
def test_each_situation_has_its_decision(situation: str) -> None:
    seen, content, expected = TABLE[situation]
    assert isinstance(decide(seen, content, target="main", takeover=False), expected)


def test_what_follows_a_closed_one_says_so() -> None:
    decision: Decision = decide(Seen(closed=(BEFORE,)), "new", target="main", takeover=False)
    assert decision == Propose(follows=BEFORE)


def test_people_may_have_their_own_work_replaced() -> None:
    theirs = Seen(tip=TIP, ours=False, pull=PULL)
    assert isinstance(decide(theirs, "new", target="main", takeover=True), Propose)
