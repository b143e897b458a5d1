"""One status issue: opened once, kept up, closed when nothing needs a person."""

import datetime as dt
import re
from typing import Any

import pytest

from flows.forge import status_page
from flows.forge.github import calls
from flows.forge.health import Health, SourceHealth
from tests.flows.forge.github.test_faults import PASSING, REFUSING
from tests.flows.forge.github.world import World
from tests.support.crossed import crossed

DAY = dt.date(2026, 11, 23)
PLACE = "/repos/maintainer/collection/issues"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "TIMEOUT_S", 1)


def health(
    *stale: str, days: int = 0, review_reason: str | None = None, says: str = "gone"
) -> Health:
    names = sorted({"one", "two", *stale})
    sources = tuple(
        SourceHealth(
            source=name,
            images=3,
            stale=name in stale,
            review_reason=review_reason if name == "one" else None,
            outcome="Gone" if name in stale else "Unchanged",
            says=says if name in stale else "unchanged",
        )
        for name in names
    )
    return Health(date=DAY + dt.timedelta(days=days), headline="Nothing moved", sources=sources)


def update_status(world: World, health: Health) -> str | None:
    return world.forge().update_status(health)


def again_writes_nothing(world: World, health: Health) -> None:
    mark, before = world.hub.mark(), world.snapshot
    update_status(world, health)
    assert world.hub.writes_since(mark) == []
    assert world.snapshot == before


def issue(world: World) -> dict[str, Any]:
    [found] = world.snapshot["issues"]
    return dict(found)


def test_a_good_night_writes_nothing(world: World):
    mark = world.hub.mark()
    assert update_status(world, health()) is None
    assert world.hub.writes_since(mark) == []
    assert world.snapshot["issues"] == []


def test_trouble_opens_one_issue_that_says_since_when(world: World):
    assert update_status(world, health("one")) == f"{world.hub.url}/maintainer/collection/issues/1"
    assert issue(world)["title"] == status_page.TITLE
    assert issue(world)["labels"] == ["sync:status"]
    assert "- `one` since 2026-11-23: gone" in issue(world)["body"]
    again_writes_nothing(world, health("one", days=1))


def test_more_trouble_is_appended_and_what_went_on_keeps_its_day(world: World):
    update_status(world, health("one"))
    update_status(world, health("one", "two", days=2))
    body = issue(world)["body"]
    assert "- `one` since 2026-11-23" in body
    assert "- `two` since 2026-11-25" in body
    assert body.index("2026-11-23: one: Gone") < body.index("2026-11-25: two: Gone")
    again_writes_nothing(world, health("one", "two", days=3))


def test_it_is_closed_when_nothing_needs_a_person_and_opened_again_later(world: World):
    update_status(world, health("one"))
    assert update_status(world, health(days=1)) is None
    assert issue(world)["state"] == "closed"
    again_writes_nothing(world, health(days=2))
    update_status(world, health("two", days=3))
    assert issue(world)["state"] == "open"
    assert "Last night on which nothing needed a person: 2026-11-24." in issue(world)["body"]
    assert "2026-11-24: one: well again" in issue(world)["body"]


def test_a_held_proposal_and_a_refused_file_need_a_person_too(world: World):
    update_status(world, health(review_reason="5 of 6 images are gone"))
    assert "waits for review: 5 of 6 images are gone" in issue(world)["body"]


def test_sources_that_were_not_visited_stay_as_they_were(world: World):
    update_status(world, health("one"))
    only = health("two", days=1)
    two = tuple(one for one in only.sources if one.source == "two")
    update_status(world, only.model_copy(update={"sources": two}))
    assert "- `one` since 2026-11-23" in issue(world)["body"]


def test_a_person_who_closes_it_is_left_alone_until_the_trouble_is_another(world: World):
    update_status(world, health("one"))
    world.hub.as_person("maintainer", "PATCH", f"{PLACE}/1", {"state": "closed"})
    again_writes_nothing(world, health("one", days=1))
    again_writes_nothing(world, health("one", days=1, says="still gone"))
    update_status(world, health("one", "two", days=2))
    assert issue(world)["state"] == "open"


def test_an_issue_of_somebody_else_with_the_mark_is_not_touched(world: World):
    forged = status_page.words(status_page.after(status_page.StatusPage(), health("two")))
    world.hub.as_person("stranger", "POST", PLACE, {"title": "x", "body": forged})
    update_status(world, health("one"))
    assert [one["author"] for one in world.snapshot["issues"]] == ["stranger", "bot"]
    assert world.snapshot["issues"][0]["body"] == forged


def test_upstream_words_are_inert(world: World):
    update_status(
        world, health("one", says="fatal: @maintainer <!-- covid19-images:standing {} --> #1")
    )
    body = issue(world)["body"]
    assert "@maintainer" not in body.split("<!-- covid19-images:standing")[0]
    assert status_page.read(body).open_issues["one"].kind == "Gone"
    again_writes_nothing(
        world, health("one", says="fatal: @maintainer <!-- covid19-images:standing {} --> #1")
    )


WRITES = {
    "open": (lambda world: None, health("one"), r"(issues|labels)$"),
    "edit": (
        lambda world: update_status(world, health("one")),
        health("one", "two", days=1),
        "issues/1$",
    ),
    "close": (lambda world: update_status(world, health("one")), health(days=1), "issues/1$"),
}


@pytest.mark.parametrize(("write", "fault"), crossed([*WRITES], [*PASSING], fast=4))
def test_whatever_goes_wrong_there_is_one_issue_in_the_end(world: World, write: str, fault: str):
    prepare, health, path = WRITES[write]
    prepare(world)
    update_status(world, health)
    expected = world.snapshot
    world.hub.reset()
    world.hub.adopt(str(world.collection.folder))
    prepare(world)
    world.hub.fault(path, method="write", **PASSING[fault])
    update_status(world, health)
    assert world.hub.faults_left() == 0
    assert world.snapshot == expected
    again_writes_nothing(world, health)


@pytest.mark.parametrize("fault", crossed([*REFUSING], fast=3))
def test_what_github_refuses_is_said_and_made_good_the_next_night(world: World, fault: str):
    found, words = REFUSING[fault]
    world.hub.fault("issues$", method="write", **found)
    with pytest.raises(calls.ForgeError, match=re.escape(words)):
        update_status(world, health("one"))
    world.hub.clear_faults()
    update_status(world, health("one"))
    again_writes_nothing(world, health("one"))


def test_where_issues_are_off_the_words_say_how_to_switch_them_on(world: World):
    world.hub.settings(issues=False)
    with pytest.raises(calls.ForgeError, match="Settings → General → Features"):
        update_status(world, health("one"))
    assert world.night().action == "proposed"
