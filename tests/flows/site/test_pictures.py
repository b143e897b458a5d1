"""Rows are put together by picture, and nothing is shown that must not be."""

from dataclasses import replace

from flows.site.pictures import Copy, Picture, pictures
from tests.flows.site.collection import CLINIC, JOURNAL, PAIRS, RECORDS

SOURCES = {source.name: source for source in (CLINIC, JOURNAL)}


def _pictures() -> dict[int, Picture]:
    found = pictures(RECORDS, PAIRS, SOURCES)
    return {int(picture.image_id[4:], 16): picture for picture in found}


def test_a_picture_has_what_each_source_states_of_it() -> None:
    rows = _pictures()[1].rows
    assert [(row.source, row.finding) for row in rows] == [
        ("clinic", ("COVID-19",)),
        ("journal", ("No finding",)),
    ]
    assert _pictures()[1].first.source == "clinic"


def test_only_active_rows_are_shown() -> None:
    assert sorted(_pictures()) == [1, 2, 3, 5, 6]
    assert not pictures([replace(r, status="withdrawn") for r in RECORDS], PAIRS, SOURCES)


def test_a_name_that_may_tell_a_person_is_shown_nowhere() -> None:
    [row] = _pictures()[6].rows
    assert row.path.startswith("withheld/")
    assert "Smith" not in repr(_pictures()[6])


def test_copies_know_each_other_and_taken_down_ones_are_not_named() -> None:
    found = _pictures()
    assert found[3].copies == (Copy("c19-0000000000000005", "resized"),)
    assert [(c.image_id[-1], c.kind) for c in found[5].copies] == [
        ("2", "undecided"),
        ("3", "resized"),
    ]


def test_labels_that_differ_between_rows_and_copies_are_a_conflict() -> None:
    disputed = {number: picture.disputed for number, picture in _pictures().items()}
    assert disputed == {1: True, 2: False, 3: True, 5: True, 6: False}


def test_pictures_of_a_patient_are_in_the_order_of_their_days() -> None:
    found = _pictures()
    assert found[1].patient == ("c19-0000000000000002",)
    assert found[5].patient == ()
