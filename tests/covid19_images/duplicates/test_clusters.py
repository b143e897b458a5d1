import datetime as dt

import pytest

from covid19_images.duplicates import (
    Copy,
    Evidence,
    Link,
    Pair,
    Same,
    Undecided,
    copies,
    groups,
    links,
)
from covid19_images.duplicates.clusters import rank
from covid19_images.manifest.record import Record
from tests.covid19_images.duplicates.pictures import item, tissue

ORDER = {"owner": 0, "collector": 1}
GREY = tissue(1, 64, 64)


def _items(*keys, **values):
    return {key: item(key, GREY, **values) for key in keys}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (item("owner/z", GREY, width=10), item("collector/a", GREY, width=999)),
        (item("owner/z", GREY, width=999), item("owner/a", GREY)),
        (item("owner/z", GREY, bit_depth=16), item("owner/a", GREY, bit_depth=8)),
        (
            item("owner/z", GREY, first_seen=dt.date(2020, 3, 1)),
            item("owner/a", GREY, first_seen=dt.date(2020, 3, 2)),
        ),
        (item("owner/z", GREY, first_seen=dt.date(2020, 3, 1)), item("owner/a", GREY)),
        (item("owner/a", GREY), item("owner/z", GREY)),
        (item("owner/z", GREY), item("stranger/a", GREY)),
    ],
    ids=["owner", "resolution", "depth", "first seen", "seen at all", "key", "known source"],
)
def test_the_copy_to_keep_is_chosen_by(first, second):
    assert rank(first, ORDER) < rank(second, ORDER)


def test_copies_of_copies_are_copies_of_the_kept_one():
    items = _items("collector/a", "collector/b", "owner/c")
    found = [
        Link("collector/a", "collector/b", "flipped"),
        Link("collector/b", "owner/c", "resized"),
    ]
    assert copies(found, items, ORDER) == {
        "collector/a": Copy("owner/c", "flipped"),
        "collector/b": Copy("owner/c", "resized"),
    }


def test_copies_of_a_picture_that_is_gone_are_copies_of_each_other():
    found = [
        Link("collector/a", "owner/gone", "cropped"),
        Link("collector/b", "owner/gone", "flipped"),
        Link("collector/b", "owner/gone too", "resized"),
    ]
    items = _items("collector/a", "collector/b")
    assert copies(found, items, ORDER) == {"collector/b": Copy("collector/a", "flipped")}
    assert copies(found[1:], _items("collector/b"), ORDER) == {}
    assert copies(found[2:], {}, ORDER) == {}


def test_a_panel_of_a_figure_that_is_gone_is_a_part_of_the_figures_copy():
    found = [
        Link("owner/figure", "owner/panel", "part"),
        Link("collector/figure", "owner/figure", "resized"),
        Link("collector/figure", "owner/gone panel", "part"),
    ]
    items = _items("owner/panel", "collector/figure")
    assert copies(found, items, ORDER) == {"owner/panel": Copy("collector/figure", "part")}


def test_panels_are_parts_of_their_composite_and_not_copies_of_each_other():
    items = _items("owner/figure", "owner/left", "owner/right", "collector/left")
    found = [
        Link("owner/figure", "owner/left", "part"),
        Link("owner/figure", "owner/right", "part"),
        Link("collector/left", "owner/left", "resized"),
    ]
    assert copies(found, items, ORDER) == {
        "owner/left": Copy("owner/figure", "part"),
        "owner/right": Copy("owner/figure", "part"),
        "collector/left": Copy("owner/left", "resized"),
    }


def test_the_panel_is_the_one_that_covers_a_part_of_the_other():
    half = (0.5, 0.0, 0.0, 0.0, 0.5, 0.0)
    pairs = [
        Pair("a/1", "a/2", Same("part", Evidence(transform=half))),
        Pair("a/3", "a/4", Same("part", Evidence(transform=(2.0, 0.0, 0.0, 0.0, 2.0, 0.0)))),
        Pair("a/5", "a/6", Undecided("doubt", Evidence())),
    ]
    assert links(pairs) == [
        Link("a/1", "a/2", "part", a_is_panel=True),
        Link("a/3", "a/4", "part", a_is_panel=False),
    ]


def _record(key, **values):
    source, path = key.split("/")
    return Record(source=source, path=path, blob="0", image_id=f"c19-{path}", **values)


def test_a_leak_safe_group_follows_links_parts_and_patients():
    march, april = dt.date(2020, 3, 1), dt.date(2020, 4, 1)
    records = [
        _record("x/1", patient_id="x/p", first_seen=april),
        _record("x/2", patient_id="x/p", first_seen=april),
        _record("x/3", first_seen=march),
        _record("x/4", first_seen=march),
    ]
    found = groups(records, [Link("x/2", "x/3", "part")])
    assert found == {"x/1": "c19-3", "x/2": "c19-3", "x/3": "c19-3", "x/4": "c19-4"}


def test_slices_of_one_series_are_one_group_where_no_patient_is_known():
    records = [
        _record("x/1", series_id="s"),
        _record("x/2", series_id="s"),
        _record("x/3", series_id="t"),
        _record("y/4", series_id="s"),
        _record("x/5", series_id="s", patient_id="x/p"),
        _record("x/6", series_id="s", patient_id="x/q"),
    ]
    found = groups(records, [])
    assert found["x/1"] == found["x/2"]
    assert len(set(found.values())) == 5
