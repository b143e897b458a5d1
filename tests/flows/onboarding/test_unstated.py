"""What `sources check` counts: what nobody states, and what among the images is probably none."""

from typing import Any

from covid19_images.manifest.record import Record
from flows.onboarding.page import WITHHELD, render
from flows.onboarding.sight import Sight
from flows.onboarding.unstated import NOT_READ, among_images, unstated


def _row(path: str, **cells: Any) -> Record:
    return Record(source="set", path=path, blob="1" * 40, **cells)


def _whole(path: str, **cells: Any) -> Record:
    known = {"finding": ("COVID-19",), "licence": "CC0-1.0"}
    return _row(path, **(known | cells))


def test_what_a_header_may_state_of_pictures_that_were_not_read_is_not_said_to_be_missing() -> None:
    read = {"media_type": "application/dicom", "modality": "CT", "view": "AXIAL"}
    unread = {"status": "refused", "status_reason": NOT_READ}
    rows = [
        _whole("a/1", patient_id="set/1", **read),
        _whole("a/2", **unread),
        _whole("a/3", **read),
    ]
    more = "a DICOM header may state it of the 1 that were not read"
    assert unstated(rows) == [
        f"not stated: 1 image without modality; {more}",
        f"not stated: 1 image without view; {more}",
        f"not stated: 2 images without patient; {more}",
    ]


def test_masks_among_images_are_known_by_what_they_show() -> None:
    flat, chest = Sight("image/png", 9, 9, 0.1), Sight("image/png", 9, 9, 5.0)
    paths = ["a/x/1.png", "a/y/1.png"]
    assert among_images(paths, {}) == []
    assert among_images(paths, {"a/x/1.png": flat, "a/y/1.png": chest}) == [
        "/a/x/ looks like masks, by what a few of them show"
    ]


def test_a_page_says_no_name_that_may_tell_of_a_person_and_that_it_withholds_some() -> None:
    wrong = ["file_without_row: images/Maria-Lopez-2020-03-14.png: x.csv has no row for it"]
    page = render("set", wrong, [], [_whole("images/Maria-Lopez-2020-03-14.png")], {}, ())
    assert "Lopez" not in page
    assert WITHHELD in page
    plain = render("set", [], [], [_whole("images/1.png")], {}, ())
    assert WITHHELD not in plain
    assert "What does not fit" not in plain
