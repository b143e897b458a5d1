"""Whose repository it is, asked of the emulated GitHub."""

from typing import Any

import pytest

from covid19_images.images.decode import DECODER_SET
from covid19_images.manifest.volume import VOLUMES_VERSION
from flows.night.run import Report
from flows.text.links import Repository
from flows.upstream.identity import Identity, Unknown, ask, differs
from flows.upstream.outcome import Quarantined, Unreachable
from tests.support.collection import SIMPLE, Collection
from tests.support.github.hub import SOURCE, Hub
from tests.support.pictures import png
from tests.support.upstream import Upstream

VERSIONS = f"{DECODER_SET},{VOLUMES_VERSION}"


def test_github_tells_the_numbers_of_repository_and_owner(hub: Hub) -> None:
    answers = hub.repo(SOURCE)
    asked = ask(SOURCE, api=hub.url)
    assert asked == Identity(answers.id, answers.owner.id, SOURCE)
    assert ask(SOURCE, api=hub.url, secret=hub.token) == asked


def test_a_github_that_does_not_tell_is_a_value(hub: Hub) -> None:
    assert ask("nobody/nothing", api=hub.url) == Unknown("GitHub answers 404")
    away = ask("nobody/nothing", api="http://127.0.0.1:9")
    assert away == Unknown("GitHub does not answer (ConnectionError)")


def test_a_new_name_is_the_same_repository_and_a_new_number_is_not() -> None:
    known = Identity(1, 2, "a/b")
    assert differs(known, Identity(1, 2, "a/c")) is None
    assert differs(known, Identity(3, 2, "a/b")) == "repository 3, and it was 1"
    assert differs(known, Identity(1, 4, "a/b")) == "a repository of account 4, and it was of 2"


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Let GitHub tell these numbers of any upstream."""
    answers: dict[str, Any] = {"now": Identity(1, 2, "owner/name")}
    monkeypatch.setattr("flows.night.observe.whose", lambda *_, **__: answers["now"])
    monkeypatch.setattr(
        "flows.night.describe.repository_at",
        lambda *_: Repository("https://github.com", "owner/name"),
    )
    return answers


@pytest.fixture
def begun(collection: Collection, upstream: Upstream, answers: dict[str, Any]) -> Collection:
    upstream.commit({"images/a.png": png(1)})
    collection.source("set", SIMPLE.format(url=upstream.url))
    collection.night()
    collection.merge()
    upstream.commit({"images/b.png": png(2)})
    return collection


def _outcome(report: Report) -> object:
    [change] = report.changes
    return change.outcome


def test_the_numbers_are_recorded(begun: Collection) -> None:
    assert (
        begun.file("datasets/sources.csv", "main")
        .splitlines()[1]
        .endswith(f",1,2,{DECODER_SET},{VOLUMES_VERSION}")
    )


def test_a_stranger_under_the_same_name_is_quarantined(
    begun: Collection, answers: dict[str, Any]
) -> None:
    answers["now"] = Identity(9, 8, "owner/name")
    report = begun.night()
    outcome = _outcome(report)
    assert isinstance(outcome, Quarantined)
    assert "identity = { repository = 9, owner = 8 }" in outcome.reason
    assert report.proposal is None


def test_a_person_may_let_a_new_owner_in(
    begun: Collection, upstream: Upstream, answers: dict[str, Any]
) -> None:
    answers["now"] = Identity(9, 8, "owner/name")
    begun.source(
        "set",
        SIMPLE.format(url=upstream.url).replace(
            "order", "identity = { repository = 9, owner = 8 }\norder"
        ),
    )
    begun.night()
    assert sorted(begun.records("set")) == ["images/a.png", "images/b.png"]
    assert begun.file("datasets/sources.csv").splitlines()[1].endswith(f",9,8,{VERSIONS}")


def test_a_known_repository_waits_while_github_does_not_tell(
    begun: Collection, answers: dict[str, Any]
) -> None:
    answers["now"] = Unknown("GitHub answers 502")
    assert isinstance(_outcome(begun.night()), Unreachable)


def test_a_rename_is_reported(begun: Collection, answers: dict[str, Any]) -> None:
    answers["now"] = Identity(1, 2, "owner/other")
    begun.night()
    values = "set,config/sources/set.toml,,address_changed,its url leads to owner/other now"
    assert values in begun.file("datasets/problems.csv")
    assert sorted(begun.records("set")) == ["images/a.png", "images/b.png"]
