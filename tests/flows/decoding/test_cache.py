"""The memory of decoded blobs: quick to ask, and never in the way when it is broken."""

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from covid19_images.duplicates.features import Features, extract
from covid19_images.images.fingerprint import Fingerprint, fingerprint_and_grey
from covid19_images.images.refused import Refused
from flows.decoding import cache as module
from flows.decoding.cache import Cache, Decoded
from flows.decoding.result import LfsPointer
from tests.support.pictures import png


@pytest.fixture
def memory(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "deep" / "decoded.sqlite")


def _picture(seed: int) -> Decoded:
    both = fingerprint_and_grey(png(seed))
    assert not isinstance(both, Refused)
    return Decoded(both[0], extract(both[1]))


def _same(one: Features | None, other: Features | None) -> bool:
    return one is not None and other is not None and one.to_bytes() == other.to_bytes()


def test_what_was_put_is_found_again(memory: Cache, tmp_path: Path) -> None:
    picture = _picture(1)
    put = {"a": picture, "b": Decoded(Refused("broken")), "c": Decoded(LfsPointer("0" * 64, 5))}
    memory.put(put)
    again = Cache(tmp_path / "deep" / "decoded.sqlite")
    assert again.results("abcd") == {blob: one.result for blob, one in put.items()}
    assert isinstance(again.results("a")["a"], Fingerprint)
    assert list(again.features("abcd")) == ["a"]
    assert _same(again.features("a")["a"], picture.features)


def test_another_version_of_the_algorithms_knows_nothing(
    memory: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory.put({"a": Decoded(Refused("broken"))})
    monkeypatch.setattr(module, "VERSION", "next")
    assert memory.results("a") == {}


def test_a_file_that_is_no_database_is_replaced(tmp_path: Path) -> None:
    file = tmp_path / "decoded.sqlite"
    file.write_bytes(b"not a database at all" * 100)
    memory = Cache(file)
    assert memory.results("a") == {}
    memory.put({"a": Decoded(Refused("x"))})
    assert memory.results("a") == {"a": Refused("x")}


def test_a_database_damaged_in_the_middle_is_replaced(memory: Cache, tmp_path: Path) -> None:
    memory.put({f"{n:040}": Decoded(Refused("x" * 500)) for n in range(500)})
    file = tmp_path / "deep" / "decoded.sqlite"
    content = bytearray(file.read_bytes())
    noise = np.random.default_rng(1).bytes(len(content) - 4096)
    file.write_bytes(bytes(content[:4096]) + noise)
    assert memory.results([f"{n:040}" for n in range(500)]) == {}
    memory.put({"a": Decoded(Refused("x"))})
    assert memory.results("a") == {"a": Refused("x")}


def test_a_database_that_is_only_locked_is_kept(
    memory: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory.put({"a": Decoded(Refused("x"))})
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda file, **_: connect(file, timeout=0.01))
    other = connect(tmp_path / "deep" / "decoded.sqlite", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        memory.put({"b": Decoded(Refused("y"))})
    other.rollback()
    other.close()
    assert memory.results("ab") == {"a": Refused("x")}


def test_a_row_that_is_not_what_was_written_is_made_again(memory: Cache, tmp_path: Path) -> None:
    memory.put({"a": _picture(1), "b": _picture(2)})
    with closing(sqlite3.connect(tmp_path / "deep" / "decoded.sqlite")) as db, db:
        [(kept,)] = db.execute("SELECT reading FROM decoded WHERE blob = 'a'").fetchall()
        wrong = kept.replace(b'"width": 160', b'"width": 161')
        assert wrong != kept
        db.execute("UPDATE decoded SET reading = ? WHERE blob = 'a'", (wrong,))
    assert list(memory.results("ab")) == ["b"]
    assert list(memory.features("ab")) == ["a", "b"]
    assert not memory.lacks_features("ab")
    assert memory.lacks_features("abc")


def test_a_file_with_other_tables_is_replaced_and_said(
    memory: Cache, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(sqlite3.connect(tmp_path / "deep" / "decoded.sqlite")) as db, db:
        db.execute("DROP TABLE decoded")
        db.execute("CREATE TABLE decoded (blob TEXT)")
    assert memory.results("a") == {}
    assert "was damaged" in caplog.text
    memory.put({"a": Decoded(Refused("x"))})
    assert memory.results("a") == {"a": Refused("x")}
