"""Columns of rows that are not read give the figures that the rows give."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from hypothesis import given, settings
from hypothesis import strategies as st

from covid19_images.manifest import splits, table
from covid19_images.manifest.record import Record
from flows.collection.duplicates import Pair
from flows.collection.manifest import Manifest
from flows.collection.questions import Together
from flows.proposal.split_figures import figures
from flows.proposal.splits import report_splits

_PATHS = ("0.png", "=1.png", "'2.png", "c19-0000000000000003")
_ROWS = st.builds(
    Record,
    source=st.just("set"),
    path=st.sampled_from(_PATHS),
    blob=st.just("0" * 40),
    status=st.sampled_from(["active", "active", "active", "quarantined", "withdrawn"]),
    split=st.none() | st.sampled_from(["train", "validation", "test", "none"]),
    image_id=st.none() | st.integers(0, 3).map(lambda n: f"c19-{n:016x}"),
    group=st.none() | st.integers(0, 3).map(lambda n: f"c19-{n:016x}"),
    sha256=st.none() | st.integers(0, 3).map(lambda n: f"{n:064x}"),
    pixels_sha256=st.none() | st.integers(0, 3).map(lambda n: f"{n:064x}"),
    patient_id=st.none() | st.sampled_from(["set/1", "set/2"]),
    finding=st.sampled_from([(), ("COVID-19",), ("COVID-19", "Normal (a+)"), ("Normal (a+)",)]),
    modality=st.none() | st.sampled_from(["CT", "DX"]),
    duplicate_of=st.none() | st.just("set/0.png"),
).map(lambda row: row if row.image_id else replace(row, split=None))
_SOURCE = st.lists(_ROWS, max_size=4).map(
    lambda rows: sorted({row.path: row for row in rows}.values(), key=lambda row: row.path)
)
_KEYS = st.sampled_from([f"{name}/{path}" for name in "abc" for path in _PATHS])


def _named(name: str, rows: Sequence[Record]) -> tuple[Record, ...]:
    return tuple(replace(row, source=name) for row in rows)


@settings(deadline=None, max_examples=150)
@given(_SOURCE, _SOURCE, _SOURCE, st.lists(st.tuples(_KEYS, _KEYS), max_size=6))
def test_they_are_the_same_figures(
    stays: list[Record], before: list[Record], after: list[Record], pairs: list[tuple[str, str]]
) -> None:
    rows = _named("b", stays)
    unread = Manifest.of_csv("b.csv", partial(bytes, table.dumps(rows).encode()))
    old, new = _named("a", before), _named("a", after)
    was, now = Together({"a": old, "b": unread}), Together({"a": new, "b": unread})
    expected = splits.figures([*new, *rows], pairs, [*old, *rows])
    assert figures(now, pairs, was) == expected
    links = [Pair(a=a, b=b, kind="resized") for a, b in pairs]
    report = report_splits(was, now, links)
    assert report == report_splits([*old, *rows], [*new, *rows], links)
