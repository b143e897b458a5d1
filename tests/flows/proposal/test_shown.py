"""A proposal hides file names that may identify a person, and can still be answered."""

from dataclasses import replace

import pytest

from covid19_images.manifest.record import Record
from covid19_images.manifest.table import Change
from flows.collection.duplicates import Pair
from flows.collection.problems import Problem
from flows.proposal import changes_json, markdown, page
from flows.proposal.changes import NewDuplicate, SourceChange
from flows.proposal.pictures import NO_PICTURES
from flows.proposal.section import section
from flows.proposal.shown import shown
from tests.flows.proposal.small_night import CHANGES

NAMES = ["John_Smith.png", "14Mar2020.png", "MRN0012345.png", "1.2.840.113564.17.2020.png"]
TEXT = "born 1950-03-14, tel 030 1234567"
PLANTS = (*[name.removesuffix(".png") for name in NAMES], "1950-03-14", "1234567")


def _row(name: str, number: int, **cells: object) -> Record:
    digits = f"{number:016x}"
    found = Record(
        source=CHANGES[0].source.name,
        path=f"images/{name}",
        blob=f"{number:040x}",
        image_id=f"c19-{digits}",
        pixels_sha256=digits.ljust(64, "0"),
        notes=TEXT,
    )
    return replace(found, **cells)  # type: ignore[arg-type]


ROWS = [_row(name, number) for number, name in enumerate(NAMES, start=1)]


def _night() -> SourceChange:
    a, b, c, d = ROWS
    pair = Pair(a=a.key, b=b.key, kind="undecided")
    return replace(
        CHANGES[0],
        added=(a, b),
        removed=(c,),
        renamed=(Change(c, d),),
        modified=(Change(d, replace(d, blob="f" * 40)),),
        relabelled=(Change(a, replace(a, notes=f"{TEXT} again", finding=("ARDS",))),),
        copies=(NewDuplicate(c.key, d.key, replace(pair, a=c.key, b=d.key, kind="bytes"), d.key),),
        undecided=(NewDuplicate(a.key, b.key, pair),),
        problems=(Problem(a.source, "withheld/0000000000000001.png", 0, "refused", "broken"),),
    )


def test_no_writer_shows_a_name_or_a_note_that_may_tell_a_person() -> None:
    public = shown([_night()], ROWS, NO_PICTURES)
    stated = [
        section("x", public.changes),
        markdown.body("x", public.changes, public.records, ()),
        changes_json.dumps(public.changes, None),
        page.render("x", public.changes, public.records, [], ()),
    ]
    for text in stated:
        assert [plant for plant in PLANTS if plant in text] == []
        assert "withheld/0000000000000000" in text


def test_a_pair_whose_names_are_not_shown_is_answered_by_image_ids() -> None:
    [change] = shown([_night()], ROWS, NO_PICTURES).changes
    [found] = change.undecided
    assert found.answered_as == (ROWS[0].image_id, ROWS[1].image_id)
    body = markdown.body("x", [change], [], ())
    assert "box same c19%2D0000000000000001 c19%2D0000000000000002" in body


def test_no_link_leads_to_such_a_file() -> None:
    night = replace(
        _night(),
        source=CHANGES[0].source.model_copy(update={"url": "https://github.com/owner/set"}),
    )
    public = shown([night], ROWS, NO_PICTURES)
    assert "/blob/" not in page.render("x", public.changes, public.records, [], ())


@pytest.mark.parametrize("name", ["COVID-00003b.jpg", "16660_1_1.png"])
def test_other_rows_are_shown_as_they_are(name: str) -> None:
    row = _row(name, 9, notes="day 5")
    change = replace(CHANGES[0], added=(row,))
    public = shown([change], [row], NO_PICTURES)
    assert public.changes == (change,)
    assert public.records == (row,)
