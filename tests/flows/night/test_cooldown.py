"""What is young waits; what is gone does not."""

import pytest

from flows.night.run import Report
from flows.upstream.outcome import Advanced, Waiting
from tests.support.collection import SIMPLE, Collection, counts
from tests.support.pictures import png
from tests.support.upstream import Upstream

OLD, YOUNG = "2026-11-01T00:00:00Z", "2026-11-21T00:00:00Z"  # the night is that of November 23


def begin(collection: Collection, upstream: Upstream) -> None:
    """Make a collection that holds two old pictures of a source that must cool down for a week."""
    upstream.commit({"images/0.png": png(0), "images/1.png": png(1)}, date=OLD)
    toml = SIMPLE.format(url=upstream.url).replace("order = 1", "order = 1\ncooldown_days = 7")
    collection.source("set", toml)
    collection.night()
    collection.merge()


@pytest.fixture
def cooled(begun: Collection) -> Collection:
    return begun


def outcome(report: Report) -> object:
    [change] = report.changes
    return change.outcome


def test_a_young_commit_waits_and_nothing_is_proposed(cooled: Collection, upstream: Upstream):
    tip = upstream.commit({"images/2.png": png(2)}, date=YOUNG)
    report = cooled.night()
    assert outcome(report) == Waiting(tip, 7)
    assert report.proposal is None


def test_what_is_old_enough_is_taken_although_the_tip_is_young(
    cooled: Collection, upstream: Upstream
):
    before = upstream.tip()
    settled = upstream.commit({"images/2.png": png(2)}, date="2026-11-10T00:00:00Z")
    upstream.commit({"images/3.png": png(3)}, date=YOUNG)
    report = cooled.night()
    assert outcome(report) == Advanced(before, settled)
    assert sorted(cooled.records("set")) == [f"images/{i}.png" for i in range(3)]
    assert report.proposal is not None
    assert report.proposal.pins == {"set": settled}


def test_a_picture_that_is_gone_leaves_at_once_and_what_came_with_that_waits(
    cooled: Collection, upstream: Upstream
):
    before = upstream.tip()
    upstream.commit({"images/0.png": None, "images/9.png": png(9)}, date=YOUNG)
    report = cooled.night()
    assert counts(report, "set")["removed"] == 1
    assert counts(report, "set")["new images"] == 0
    rows = cooled.records("set")
    assert rows["images/0.png"].status == "withdrawn"
    assert "images/9.png" not in rows
    assert report.proposal is not None
    assert report.proposal.described == {"set": before}
    cooled.merge()
    assert cooled.night().proposal is None


def test_a_picture_that_only_moved_is_not_gone(cooled: Collection, upstream: Upstream):
    upstream.commit({"images/0.png": None, "images/moved.png": png(0)}, date=YOUNG)
    assert cooled.night().proposal is None


@pytest.mark.parametrize("date", ["2032-01-01T00:00:00Z", "@4200000000 +0000"])
def test_an_age_that_cannot_be_counts_as_young(cooled: Collection, upstream: Upstream, date: str):
    tip = upstream.commit({"images/2.png": png(2)}, date=date)
    assert outcome(cooled.night()) == Waiting(tip, 7)


def test_a_first_import_waits_too(collection: Collection, upstream: Upstream):
    tip = upstream.commit({"images/0.png": png(0)}, date=YOUNG)
    policy = collection.folder / "config" / "policy.toml"
    policy.write_text('protocols = ["file"]\ncooldown_days = 7\n', encoding="utf-8")
    collection.source("set", SIMPLE.format(url=upstream.url))
    assert outcome(collection.night()) == Waiting(tip, 7)


def test_another_description_does_not_wait(cooled: Collection, upstream: Upstream):
    upstream.commit({"images/2.png": png(2)}, date=YOUNG)
    toml = (cooled.folder / "config" / "sources" / "set.toml").read_text()
    cooled.source("set", toml + '[always]\nfinding = "COVID-19"\n')
    report = cooled.night()
    assert counts(report, "set")["relabelled"] == 2
    assert counts(report, "set")["new images"] == 0


@pytest.mark.parametrize(
    ("date", "taken"), [("2026-11-16T23:59:59Z", True), ("2026-11-17T00:00:00Z", False)]
)
def test_a_commit_is_old_enough_on_the_seventh_day(
    cooled: Collection, upstream: Upstream, date: str, taken: bool
):
    upstream.commit({"images/2.png": png(2)}, date=date)
    assert (cooled.night().proposal is not None) == taken
