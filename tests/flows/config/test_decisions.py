"""What a person decided about two pictures always wins."""

import datetime as dt
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import ValidationError

from flows.collection.checkout import Checkout
from flows.config import load
from flows.config.decisions import Decision, Decisions, Ignoring
from flows.night.observe import observe
from flows.night.plan.stage import plan
from flows.night.run import open_run
from flows.upstream.outcome import Ignored
from tests.support.collection import SIMPLE, Collection
from tests.support.pictures import encoded, picture, png
from tests.support.upstream import Upstream

DECISION = """
[[pairs]]
a = "{a}"
b = "{b}"
verdict = "{verdict}"
by = "a radiologist"
date = 2026-11-23
"""

IGNORED = """
[[ignore]]
source = "set"
until = {until}
by = "a maintainer"
"""


EXCLUDED = """
[[exclude]]
image = "{image}"
reason = "owner"
date = 2026-11-23
by = "a maintainer"
"""


def begin(collection: Collection, upstream: Upstream) -> None:
    """Make a collection with a picture, a copy of it, and another picture."""
    original = picture(1, size=(320, 256))
    upstream.commit(
        {
            "images/a.png": encoded(original),
            "images/b.jpg": encoded(original, "JPEG", quality=60),
            "images/c.png": png(2),
        }
    )
    collection.source("set", SIMPLE.format(url=upstream.url))
    collection.night()
    collection.merge()
    assert collection.records("set", "main")["images/b.jpg"].duplicate_of == "set/images/a.png"


def decide(collection: Collection, a: str, b: str, verdict: str) -> None:
    file = Path(collection.folder, "config", "decisions.toml")
    file.write_text(DECISION.format(a=a, b=b, verdict=verdict), encoding="utf-8")


def test_pictures_called_different_are_no_copies_though_nothing_moved_upstream(
    begun: Collection,
) -> None:
    decide(begun, "set/images/b.jpg", "set/images/a.png", "different")
    assert begun.night().proposal is not None
    assert begun.records("set")["images/b.jpg"].duplicate_of is None
    begun.merge()
    assert begun.night().proposal is None


def test_pictures_called_the_same_are_copies_and_share_a_group(begun: Collection) -> None:
    decide(begun, "set/images/c.png", "set/images/a.png", "same")
    begun.night()
    records = begun.records("set")
    assert records["images/c.png"].duplicate_of == "set/images/a.png"
    assert len({record.group for record in records.values()}) == 1
    assert ",person,2026-11-23" in begun.file("datasets/duplicates.csv")


def test_a_picture_can_be_named_by_its_image_id(begun: Collection) -> None:
    names = {path: r.image_id or "" for path, r in begun.records("set", "main").items()}
    decide(begun, names["images/b.jpg"], names["images/a.png"], "different")
    begun.night()
    assert begun.records("set")["images/b.jpg"].duplicate_of is None


@pytest.mark.parametrize("image", ["set/images/none.png", "c19-0000000000000000", "sett/x.png"])
def test_a_takedown_of_nothing_is_said_aloud_until_it_is_mended(
    begun: Collection, image: str
) -> None:
    file = Path(begun.folder, "config", "decisions.toml")
    file.write_text(EXCLUDED.format(image=image), encoding="utf-8")
    report = begun.night()
    [change] = report.changes
    assert f"the takedown of {image} matches no image" in str(change.review_reason)
    assert ",decision_unmatched," in begun.file("datasets/problems.csv")
    begun.merge()
    file.write_text(EXCLUDED.format(image="set/images/c.png"), encoding="utf-8")
    [change] = begun.night().changes
    assert change.review_reason is None
    assert ",decision_unmatched," not in begun.file("datasets/problems.csv")


def test_of_two_verdicts_about_a_pair_the_last_counts(begun: Collection) -> None:
    before = begun.file("datasets/duplicates.csv", "main")
    decide(begun, "set/images/b.jpg", "set/images/a.png", "different")
    file = Path(begun.folder, "config", "decisions.toml")
    again = DECISION.format(a="set/images/a.png", b="set/images/b.jpg", verdict="same")
    why = 'why = "a second look"\n'
    file.write_text(file.read_text(encoding="utf-8") + again + why, encoding="utf-8")
    begun.night()
    found, text = before.split(",verified,")[0], begun.file("datasets/duplicates.csv")
    assert found in text  # what was measured stays
    assert ",person,2026-11-23" in text


def test_a_source_somebody_wants_left_alone_is_not_visited_until_that_day(
    begun: Collection, upstream: Upstream
) -> None:
    upstream.commit({"images/new.png": png(7)})
    file = Path(begun.folder, "config", "decisions.toml")
    file.write_text(IGNORED.format(until="2100-01-01"), encoding="utf-8")
    report = begun.night()
    assert report.proposal is None
    [change] = report.changes
    assert change.outcome == Ignored(dt.date(2100, 1, 1))
    file.write_text(IGNORED.format(until="2020-01-01"), encoding="utf-8")
    assert begun.night().proposal is not None


@pytest.mark.parametrize(
    ("until", "visited"), [("2026-11-22", True), ("2026-11-23", True), ("2026-11-24", False)]
)
def test_the_day_named_is_the_first_day_it_is_visited_again(until: str, visited: bool) -> None:
    values = Decisions.model_validate(tomllib.loads(IGNORED.format(until=until)))
    day = dt.date(2026, 11, 23)
    assert (values.ignored_until("set", day) is None) == visited
    assert values.ignored_until("other", day) is None


def test_of_two_wishes_about_a_source_the_last_counts() -> None:
    text = IGNORED.format(until="2100-01-01") + IGNORED.format(until="2020-01-01")
    values = Decisions.model_validate(tomllib.loads(text))
    assert values.ignored_until("set", dt.date(2026, 11, 23)) is None


def test_answers_are_proposed_even_where_nothing_else_changes(begun: Collection) -> None:
    checkout = Checkout(begun.folder)
    text = IGNORED.format(until="2100-01-01")
    config = load.deciding(load.load(begun.folder / "config"), text)
    night, _ = open_run(checkout, config, begun.cache)
    visits = [observe(night, source, dt.date(2026, 11, 23)) for source in night.sources]
    assert plan(night, visits)[1] is None
    _, proposal = plan(replace(night, answered=text), visits)
    assert proposal is not None
    assert proposal.title == "What people decided"
    assert proposal.files["config/decisions.toml"].decode() == text


def test_decisions_that_are_none_are_named(begun: Collection) -> None:
    config = load.load(begun.folder / "config")
    with pytest.raises(load.ConfigError, match=r"decisions\.toml: ignore\.0\.until is missing"):
        load.deciding(config, '[[ignore]]\nsource = "set"\nby = "me"\n')


@pytest.mark.parametrize("by_key", [True, False])
def test_a_picture_people_exclude_is_marked_and_comes_back_when_they_lift_it(
    begun: Collection, by_key: bool
) -> None:
    original = begun.records("set", "main")["images/a.png"]
    name = original.key if by_key else original.image_id
    file = Path(begun.folder, "config", "decisions.toml")
    file.write_text(EXCLUDED.format(image=name), encoding="utf-8")
    begun.night()
    records = begun.records("set")
    assert records["images/a.png"].status == "excluded"
    assert records["images/a.png"].status_reason == "owner"
    assert records["images/b.jpg"].duplicate_of is None
    assert "status `active` → `excluded`" in begun.file("datasets/CHANGES.md")
    begun.merge()
    assert begun.night().proposal is None
    file.write_text("", encoding="utf-8")
    begun.night()
    assert begun.records("set")["images/a.png"] == original
    assert begun.records("set")["images/b.jpg"].duplicate_of == original.key


def test_an_excluded_picture_stays_so_when_its_source_moves_on(
    begun: Collection, upstream: Upstream
) -> None:
    file = Path(begun.folder, "config", "decisions.toml")
    file.write_text(EXCLUDED.format(image="set/images/a.png"), encoding="utf-8")
    upstream.commit({"images/new.png": png(7)})
    begun.night()
    statuses = {path: record.status for path, record in begun.records("set").items()}
    assert statuses.pop("images/a.png") == "excluded"
    assert statuses.pop("images/b.jpg") == "held"  # the copy of it goes with it
    assert set(statuses.values()) == {"active"}


@pytest.mark.parametrize("name", ["x", "../set/x", "/etc/passwd", "c19-xyz", "set/../x", "--help"])
def test_a_decision_that_names_no_picture_and_no_source_is_refused(name: str) -> None:
    values = {"verdict": "same", "by": "me", "date": dt.date(2026, 11, 23)}
    with pytest.raises(ValidationError, match="must be a key"):
        Decision.model_validate(values | {"a": name, "b": "set/images/a.png"})
    if "/" in name or name.startswith("-"):
        with pytest.raises(ValidationError, match="source"):
            Ignoring.model_validate({"source": name, "until": "2026-11-24", "by": "me"})
