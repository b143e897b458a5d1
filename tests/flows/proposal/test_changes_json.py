"""The newest night, whole, for programs."""

import datetime as dt
import json
from dataclasses import replace

import pytest

from flows.proposal import changes_json
from flows.proposal.changes import SourceChange
from flows.upstream.outcome import Advanced
from tests.flows.proposal.small_night import CHANGES, HOSTILE, JOURNAL, hostile, row
from tests.flows.proposal.test_markdown import assert_is_golden
from tests.flows.text.test_escape import HIDDEN

DAY = dt.date(2020, 4, 1)


def test_the_changes_of_a_small_night_read_so() -> None:
    assert_is_golden("CHANGES.json", changes_json.dumps(CHANGES, DAY))


def test_every_row_is_told_however_many_there_are() -> None:
    gone = tuple(row("journal", f"images/{n}.png") for n in range(3000))
    change = SourceChange(source=JOURNAL, outcome=Advanced("a", "b"), removed=gone)
    [values] = json.loads(changes_json.dumps([change], DAY))["sources"]
    assert sorted(one["path"] for one in values["removed"]) == sorted(one.path for one in gone)
    assert values["counts"]["removed"] == 3000


def test_the_order_in_which_things_were_found_does_not_show() -> None:
    turned = [
        replace(
            change,
            added=change.added[::-1],
            removed=change.removed[::-1],
            problems=change.problems[::-1],
            copies=change.copies[::-1],
        )
        for change in reversed(CHANGES)
    ]
    assert changes_json.dumps(turned, DAY) == changes_json.dumps(CHANGES, DAY)


def test_a_night_without_upstream_changes_has_no_date() -> None:
    values = json.loads(changes_json.dumps([], None))
    assert values == {
        "schema": 1,
        "upstream_as_of": None,
        "headline": "Nothing moved",
        "sources": [],
    }


@pytest.mark.parametrize("text", HOSTILE)
def test_what_upstream_wrote_comes_back_exactly_and_hides_nothing(text: str) -> None:
    written = changes_json.dumps([hostile(text)], DAY)
    [values] = json.loads(written)["sources"]
    assert values["removed"][0]["path"] == text
    assert values["problems"][0]["what"] == text
    assert not HIDDEN.search(written)
