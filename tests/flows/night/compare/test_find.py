"""Copies: the same pairs whatever the order of nights, and one of each group is kept."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covid19_images.duplicates.features import Features, extract
from covid19_images.images.fingerprint import fingerprint_and_grey, image_id
from covid19_images.images.refused import Refused
from covid19_images.manifest.record import Record
from flows.collection.duplicates import Pair
from flows.config.decisions import Decision, Decisions
from flows.night.compare.find import marked, paired
from flows.night.compare.search import Search
from tests.support.examples import examples
from tests.support.pictures import encoded, picture

ORDER = {"owner": 1, "collector": 2}
KINDS = ("png", "bmp", "jpeg", "small")


def _content(seed: int, kind: str) -> bytes:
    image = picture(seed, size=(320, 256))
    if kind == "jpeg":
        return encoded(image, "JPEG", quality=60)
    if kind == "small":
        return encoded(image.resize((160, 128)))
    return encoded(image, kind.upper())


@cache
def _row(source: str, seed: int, kind: str) -> tuple[Record, Features]:
    both = fingerprint_and_grey(_content(seed, kind))
    assert not isinstance(both, Refused)
    found, grey = both
    record = Record(
        source=source,
        path=f"{seed}.{kind}",
        blob=found.sha256[:40],
        sha256=found.sha256,
        pixels_sha256=found.pixels_sha256,
        image_id=image_id(found.pixels_sha256),
        phash=found.phash,
        width=found.width,
        height=found.height,
        bit_depth=found.bit_depth,
        first_seen=dt.date(2020, 3, seed),
        last_changed=dt.date(2020, 4, seed),
    )
    return record, extract(grey)


def _all() -> list[Record]:
    return [_row(s, seed, k)[0] for s in ORDER for seed in (1, 2, 3) for k in KINDS]


def _look(asked: Sequence[Record]) -> Mapping[str, Features]:
    whole = [_row(s, seed, k) for s in ORDER for seed in (1, 2, 3) for k in KINDS]
    by_blob = {record.blob: features for record, features in whole}
    return {record.blob: by_blob[record.blob] for record in asked}


@dataclass(frozen=True)
class Compared:
    """All rows with their copies and groups marked, all pairs, and what could not be compared."""

    records: tuple[Record, ...]
    pairs: tuple[Pair, ...]
    unseen: tuple[Record, ...]


def _compare(
    records: Sequence[Record],
    earlier: Iterable[Pair] = (),
    known: Iterable[Record] = (),
    decisions: Sequence[Decision] = (),
) -> Compared:
    before = {record.key: record.blob for record in known}
    decided = Decisions(pairs=tuple(decisions))
    with TemporaryDirectory() as cache:
        search = Search(Path(cache), _look)
        pairs, unseen = paired(records, earlier, before, decided, search)
    return Compared(tuple(marked(records, pairs, ORDER, decided)), pairs, unseen)


@settings(max_examples=examples(15), deadline=None)
@given(st.deferred(lambda: st.lists(st.sampled_from(_all()), unique=True)), st.data())
def test_any_nights_that_bring_the_same_rows_find_the_same_copies(
    rows: list[Record], data: st.DataObject
) -> None:
    night_of = {row.key: data.draw(st.integers(0, 2)) for row in rows}
    held, pairs = (), ()
    for night in range(3):
        new = [row for row in rows if night_of[row.key] == night]
        compared = _compare([*held, *new], pairs, held)
        held, pairs = compared.records, compared.pairs
    at_once = _compare(rows)
    assert pairs == at_once.pairs
    assert sorted(held, key=_key) == sorted(at_once.records, key=_key)


def _key(record: Record) -> str:
    return record.key


@settings(max_examples=examples(3), deadline=None)
@given(st.deferred(lambda: st.permutations(_all())))
def test_the_order_of_rows_does_not_matter(rows: list[Record]) -> None:
    assert _compare(rows).pairs == _compare(_all()).pairs


@pytest.fixture(scope="module")
def found() -> Compared:
    return _compare(_all())


def test_only_copies_of_one_picture_are_pairs(found: Compared) -> None:
    seeds = {(pair.a.split("/")[1][0], pair.b.split("/")[1][0]) for pair in found.pairs}
    assert seeds == {("1", "1"), ("2", "2"), ("3", "3")}
    assert all(pair.a < pair.b for pair in found.pairs)
    assert len({(pair.a, pair.b) for pair in found.pairs}) == len(found.pairs) == 3 * 28


def test_the_owners_largest_copy_is_kept(found: Compared) -> None:
    kept = {record.key for record in found.records if record.duplicate_of is None}
    assert kept == {f"owner/{seed}.bmp" for seed in (1, 2, 3)}
    assert {r.duplicate_of for r in found.records} == kept | {None}


def test_each_copy_says_how_it_differs_from_the_one_that_is_kept(found: Compared) -> None:
    kinds = {r.key: r.duplicate_kind for r in found.records if "/1." in r.key}
    assert kinds == {
        "owner/1.bmp": None,
        "owner/1.png": "pixels",
        "owner/1.jpeg": "reencoded",
        "owner/1.small": "resized",
        "collector/1.bmp": "bytes",
        "collector/1.png": "pixels",
        "collector/1.jpeg": "reencoded",
        "collector/1.small": "resized",
    }


def test_nothing_new_asks_for_no_features(found: Compared, tmp_path: Path) -> None:
    known = {record.key: record.blob for record in found.records}
    search = Search(tmp_path, lambda _: pytest.fail("asked"))
    again = paired(found.records, found.pairs, known, Decisions(), search)
    assert again == (found.pairs, ())


def test_a_row_that_goes_takes_its_pairs_along(found: Compared) -> None:
    left = [record for record in found.records if record.key != "owner/1.bmp"]
    now = _compare(left, found.pairs, found.records)
    assert not any("owner/1.bmp" in (pair.a, pair.b) for pair in now.pairs)
    assert now == _compare(left)


def test_a_file_that_changes_loses_its_old_pairs(found: Compared) -> None:
    other = _row("owner", 2, "png")[0]
    changed = [r if r.key != "owner/1.png" else _renamed(other, "1.png") for r in found.records]
    now = _compare(changed, found.pairs, found.records)
    partners = {
        p.a if p.b == "owner/1.png" else p.b for p in now.pairs if "owner/1.png" in (p.a, p.b)
    }
    assert partners == {f"{s}/2.{k}" for s in ORDER for k in KINDS}


def _renamed(record: Record, path: str) -> Record:
    cells = {name: getattr(record, name) for name in Record.__slots__}
    return Record(**cells | {"path": path})


def test_what_a_person_decided_always_wins() -> None:
    rows = [_row("owner", 1, "png")[0], _row("owner", 1, "small")[0], _row("owner", 2, "png")[0]]
    day = dt.date(2020, 5, 1)

    def words(a: str, b: str, verdict: str) -> Decision:
        return Decision.model_validate(
            {"a": a, "b": b, "verdict": verdict, "by": "me", "date": day}
        )

    different = _compare(rows, decisions=[words("owner/1.png", "owner/1.small", "different")])
    assert different.pairs == ()
    same = _compare(rows, decisions=[words("owner/2.png", "owner/1.png", "same")])
    assert {(p.a, p.b, p.decided_by) for p in same.pairs} == {
        ("owner/1.png", "owner/1.small", "verified"),
        ("owner/1.png", "owner/2.png", "person"),
    }


@pytest.mark.parametrize(
    ("transform", "panel"),
    [
        ("0.5 0 0 0 0.5 0", "collector/1.png"),  # a covers a quarter of b: a is the panel
        ("2 0 0 0 2 0", "owner/1.png"),
        ("0.5 0 0 0 0.5 0 inverted", "collector/1.png"),
        ("1 0 0 0 1 0", "owner/1.png"),  # all of b: a is no panel of it
    ],
)
def test_of_a_composite_the_panel_is_the_part(transform: str, panel: str) -> None:
    """Two pictures that are linked as part and whole; a is `collector/1.png`, b `owner/1.png`."""
    rows = [_row("collector", 1, "png")[0], _row("owner", 1, "png")[0]]
    pair = Pair(a="collector/1.png", b="owner/1.png", kind="part", transform=transform)
    marked = _compare(rows, [pair], rows).records
    assert [record.key for record in marked if record.duplicate_kind == "part"] == [panel]
