"""The search of a first import: cut into blocks, spread, killed, and in the end the same pairs."""

import shutil
from functools import cache
from pathlib import Path

import pytest

from covid19_images.duplicates import blocks as engine_blocks
from covid19_images.duplicates.features import extract
from covid19_images.images.fingerprint import fingerprint_and_grey
from covid19_images.manifest.record import Record
from flows.collection.duplicates import dumps
from flows.decoding import blocks
from flows.night.compare import meetings, verify
from flows.night.compare.kept import Kept
from flows.night.compare.search import Search
from flows.sandbox.base import Compute
from tests.support.crossed import crossed
from tests.support.pictures import encoded, picture


class KilledError(BaseException):
    """The process ends here."""


@cache
def _world():
    """Nine pictures, two files of one of them, three small copies and a mirrored one."""
    plain = [picture(seed, size=(320, 256)) for seed in range(9)]
    contents = {f"own/{at}": encoded(image) for at, image in enumerate(plain)}
    contents |= {"own/a": contents["own/0"], "z/0": contents["own/0"]}
    small = {f"small/{at}": encoded(plain[at].resize((160, 128))) for at in (0, 3, 7)}
    mirrored = {"turned/5": encoded(plain[5].transpose(0))}
    return {key: _row(key, content) for key, content in (contents | small | mirrored).items()}


def _row(key, content):
    found, grey = fingerprint_and_grey(content)
    source, _, path = key.partition("/")
    record = Record(
        source=source,
        path=path,
        blob=found.sha256[:40],
        sha256=found.sha256,
        pixels_sha256=found.pixels_sha256,
        phash=found.phash,
        width=found.width,
        height=found.height,
    )
    return record, extract(grey)


def _rows():
    return sorted((record for record, _ in _world().values()), key=lambda row: row.key)


def _look(rows):
    features = {record.blob: features for record, features in _world().values()}
    return {row.blob: features[row.blob] for row in rows}


def _found(folder, rows=None, fresh=None, look=_look, **options):
    rows = _rows() if rows is None else rows
    return Search(folder, look, **options).found(rows, rows if fresh is None else fresh)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    """Four pictures a block, three candidates a batch."""
    monkeypatch.setattr(blocks, "MOST_OWNERS", 4)
    monkeypatch.setattr(verify, "BATCH", 3)


@cache
def _at_once(folder):
    return dumps(_found(folder)[0])


@pytest.fixture
def at_once(tmp_path_factory):
    return _at_once(tmp_path_factory.getbasetemp() / "at-once")


def test_the_copies_are_found_across_blocks(at_once):
    keys = {tuple(line.split(",")[:2]) for line in at_once.splitlines()[1:]}
    assert {("own/0", "own/a"), ("own/0", "z/0"), ("own/a", "z/0")} <= keys
    assert {("own/3", "small/3"), ("own/7", "small/7"), ("own/5", "turned/5")} <= keys
    assert ("own/0", "small/0") in keys


@pytest.mark.parametrize(("part", "done"), crossed(["keep_signs", "keep_pairs"], [0, 2, 5], fast=2))
def test_a_first_import_killed_at_any_border_finds_the_same(
    tmp_path, monkeypatch, at_once, part, done
):
    whole, left = getattr(Kept, part), done

    def until_killed(kept, name, what):
        nonlocal left
        if not left:
            raise KilledError
        left -= 1
        whole(kept, name, what)

    monkeypatch.setattr(Kept, part, until_killed)
    try:
        _found(tmp_path)
    except KilledError:
        assert not left
    monkeypatch.setattr(Kept, part, whole)
    assert dumps(_found(tmp_path)[0]) == at_once


def test_what_is_done_is_not_done_again(tmp_path, monkeypatch, at_once):
    _found(tmp_path)
    monkeypatch.delattr(meetings, "meet")
    monkeypatch.delattr(verify, "paired")
    assert dumps(_found(tmp_path)[0]) == at_once


def test_nights_in_one_cache_find_the_same_as_one_night(tmp_path, at_once):
    rows, pairs = _rows(), []
    for start in (0, 3, 8, 9):
        end = {0: 3, 3: 8, 8: 9, 9: len(rows)}[start]
        found, left = _found(tmp_path, rows[:end], rows[start:end])
        assert not left
        pairs += found
    assert dumps(pairs) == at_once


def test_rows_that_are_new_again_meet_all_others(tmp_path, at_once):
    rows = _rows()
    _found(tmp_path)
    some = [row for row in rows if row.key in ("own/0", "own/5", "turned/5", "small/7")]
    keys = {row.key for row in some}
    pairs, _ = _found(tmp_path, rows, some)
    lines = [line for line in at_once.splitlines() if keys & set(line.split(",")[:2])]
    assert dumps(pairs).splitlines()[1:] == lines


@pytest.mark.slow
@pytest.mark.parametrize("runner", ["processes", "dask"])
def test_processes_and_a_cluster_find_the_same(tmp_path, monkeypatch, at_once, runner):
    monkeypatch.setattr(meetings, "_FEW_PAIRS", 0)
    monkeypatch.setattr(verify, "_FEW", 0)
    compute = Compute(runner=runner, workers=2)
    assert dumps(_found(tmp_path, compute=compute)[0]) == at_once


@pytest.mark.parametrize(
    ("name", "damage"), [("entries", b"\x93NUMPY"), ("blobs", b"no array"), ("hashed", b"")]
)
def test_a_damaged_block_is_made_anew(tmp_path, at_once, name, damage):
    _found(tmp_path)
    shutil.rmtree(tmp_path / "search")
    next((tmp_path / "blocks").glob(f"*/block-*/{name}.npy")).write_bytes(damage)
    assert dumps(_found(tmp_path)[0]) == at_once


@pytest.mark.parametrize("damage", [b"", b"no array at all"])
def test_damaged_work_is_done_again(tmp_path, at_once, damage):
    _found(tmp_path)
    for file in (tmp_path / "search").iterdir():
        file.write_bytes(damage)
    assert dumps(_found(tmp_path)[0]) == at_once


def test_a_block_that_was_half_written_is_not_read(tmp_path, monkeypatch, at_once):
    whole, written = Path.write_bytes, []

    def until_killed(file, content):
        written.append(file)
        if len(written) == 3:
            raise KilledError
        return whole(file, content)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", until_killed)
        with pytest.raises(KilledError):
            _found(tmp_path)
    assert dumps(_found(tmp_path)[0]) == at_once
    assert not [one for one in (tmp_path / "blocks").glob("*/*") if "block-" not in one.name]


def test_other_code_searches_anew(tmp_path, monkeypatch, at_once):
    _found(tmp_path)
    before = {one.name for one in (tmp_path / "blocks").iterdir()}
    monkeypatch.setattr(blocks, "code", lambda: "other")
    assert dumps(_found(tmp_path)[0]) == at_once
    assert {one.name for one in (tmp_path / "blocks").iterdir()} == {"other"} != before


def test_rows_whose_features_cannot_be_had_are_left(tmp_path, at_once):
    rows = _rows()
    lost = next(row for row in rows if row.key == "own/3")

    def look(asked):
        return {blob: one for blob, one in _look(asked).items() if blob != lost.blob}

    pairs, left = _found(tmp_path, look=look)
    assert left == (lost,)
    assert dumps(pairs).splitlines() == [
        line for line in at_once.splitlines() if "own/3" not in line
    ]


def test_features_lost_after_the_words_were_kept_leave_their_rows(tmp_path, at_once):
    _found(tmp_path)
    shutil.rmtree(tmp_path / "search")
    pairs, left = _found(tmp_path, look=lambda _: {})
    assert not pairs
    assert {row.key for row in left} >= {"own/3", "small/3", "turned/5"}
    assert dumps(_found(tmp_path)[0]) == at_once


def test_a_sign_given_the_other_way_round_is_what_the_blocks_find_so():
    some = [(record.phash, features) for record, features in _world().values()]
    left, right = engine_blocks.Block.of(some[:6]), engine_blocks.Block.of(some[6:])
    there = engine_blocks.exchanged(engine_blocks.meet(right, left))
    assert sorted(there.tolist()) == sorted(engine_blocks.meet(left, right).tolist())
