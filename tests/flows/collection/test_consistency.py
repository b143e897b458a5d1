"""Rows that contradict each other are never proposed."""

from dataclasses import replace

import pytest

from covid19_images.manifest import table
from covid19_images.manifest.record import Record
from flows.collection.consistency import InconsistentRowsError, check_rows, new_contradictions
from flows.collection.manifest import Manifest
from flows.night.plan import stage
from flows.upstream.outcome import Failed
from tests.support.collection import SIMPLE, Collection
from tests.support.pictures import png
from tests.support.upstream import Upstream

ROW = Record(source="set", path="1.png", blob="0" * 40, status="refused", status_reason="broken")
WRONG = replace(ROW, status_reason=None)


def test_rows_that_are_right_pass() -> None:
    check_rows({}, {"set": [ROW]})


def test_a_new_contradiction_is_an_error() -> None:
    with pytest.raises(InconsistentRowsError, match=r"set/1\.png: is refused without"):
        check_rows({"set": [ROW]}, {"set": [WRONG]})


def test_what_the_base_has_already_stops_no_night() -> None:
    assert new_contradictions({"set": [WRONG]}, {"set": [WRONG]}) == []


def test_rows_of_an_unread_source_lose_what_they_are_copies_of() -> None:
    copy = replace(ROW, source="other", duplicate_of="set/1.png", duplicate_kind="bytes")
    text = table.dumps([copy, replace(ROW, source="other", path="2.png")]).encode()
    other = Manifest.of_csv("other.csv", lambda: text)
    before = {"set": [ROW], "other": other}
    assert new_contradictions(before, {"set": [replace(ROW)], "other": other}) == []
    [found] = new_contradictions(before, {"set": [], "other": other})
    assert found == "other/1.png: is a duplicate of set/1.png, which is not in the manifest."
    assert not other.is_read


def test_a_night_checks_what_it_would_propose(
    collection: Collection, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    upstream.commit({"images/0.png": png(0)})
    collection.source("set", SIMPLE.format(url=upstream.url))
    compare = stage.compare

    def spoilt(*args, **options):
        after = compare(*args, **options)
        [row] = after.records["set"]
        return replace(after, records={"set": (replace(row, image_id="c19-0000000000000000"),)})

    monkeypatch.setattr(stage, "compare", spoilt)
    report = collection.night()
    assert report.proposal is None
    [change] = report.changes
    assert isinstance(change.outcome, Failed)
