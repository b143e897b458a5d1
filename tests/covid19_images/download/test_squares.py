"""Squares kept ready: built once, whole or not there, and safe when two build them."""

import multiprocessing
from pathlib import Path

import numpy as np
import pytest

from covid19_images.dataset.select import select
from covid19_images.download import squares
from covid19_images.download.copy import LocalCopy, LocalCopyError
from tests.support import local_copy


@pytest.fixture
def copy(tmp_path: Path) -> LocalCopy:
    return local_copy.make(tmp_path / "copy", count=12)


def _files(copy: LocalCopy) -> list[Path]:
    return sorted((copy.folder / "cache").iterdir())


def _rows(copy: LocalCopy) -> list[local_copy.Record]:
    return [r for r in copy.records if r.source == "journal"]


def test_squares_are_built_once_for_a_source(copy: LocalCopy) -> None:
    calls: list[int] = []
    squares.squares(copy, _rows(copy), 224, lambda _what, done, _all: calls.append(done))
    assert calls == list(range(1, 13))
    [file] = _files(copy)
    stamp = file.stat().st_mtime_ns
    squares.squares(copy, _rows(copy)[3:5], 224, lambda *_: pytest.fail("built again"))
    assert _files(copy) == [file]
    assert file.stat().st_mtime_ns == stamp


@pytest.mark.parametrize("harm", ["cut", "empty", "gone", "another", "flipped"])
def test_a_broken_file_is_built_again(copy: LocalCopy, harm: str) -> None:
    plain = squares.squares(copy, _rows(copy), 224).take(range(12)).copy()
    [file] = _files(copy)
    content = file.read_bytes()
    match harm:
        case "cut":
            file.write_bytes(content[:-1])
        case "empty":
            file.write_bytes(b"")
        case "gone":
            file.unlink()
        case "flipped":
            middle = len(content) // 2
            flipped = bytes(255 - byte for byte in content[middle : middle + 8])
            file.write_bytes(content[:middle] + flipped + content[middle + 8 :])
        case "another":
            np.save(file, np.zeros((12, 3, 3), np.uint8))
    assert np.array_equal(squares.squares(copy, _rows(copy), 224).take(range(12)), plain)


def test_a_build_that_fails_leaves_nothing(
    copy: LocalCopy, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(squares.os, "fsync", full)
    with pytest.raises(LocalCopyError, match="No space left"):
        squares.squares(copy, _rows(copy), 224)
    assert _files(copy) == []


def test_other_pictures_are_another_file(copy: LocalCopy) -> None:
    squares.squares(copy, _rows(copy), 224)
    (copy.folder / "shards" / "images-journal-00000.tar").unlink()
    (copy.folder / "shards" / "sized224-journal-00000.tar").unlink()
    (copy.folder / "shards" / "sized512-journal-00000.tar").unlink()
    again = LocalCopy(copy.folder, copy.version, copy.records, copy.rows, copy.index)
    with pytest.raises(KeyError):
        squares.squares(again, _rows(copy), 224)


def _build(folder: Path) -> int:
    return int(select("xray", root=folder, sources="journal").batch(range(12)).sum())


def test_processes_that_build_at_once_get_the_same(copy: LocalCopy) -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        sums = pool.map(_build, [copy.folder] * 2)
    assert len(set(sums)) == 1
    assert len(_files(copy)) == 1


def test_a_single_picture_cannot_be_written_to(copy: LocalCopy) -> None:
    one = squares.squares(copy, _rows(copy), 224).one(0)
    with pytest.raises(ValueError, match="read-only"):
        one[0, 0] = 1


def test_the_cache_of_a_copy_that_cannot_be_written_is_in_a_place_of_its_own(
    copy: LocalCopy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = sorted(copy.folder.rglob("*"))
    monkeypatch.setattr("covid19_images.download.cache.os.access", lambda *_: False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    plain = squares.squares(copy, _rows(copy), 224).take(range(12))
    assert list((tmp_path / "home" / "covid19-images").glob("copy-*/*.npy"))
    monkeypatch.setenv("COVID19_IMAGES_CACHE", str(tmp_path / "named"))
    assert np.array_equal(squares.squares(copy, _rows(copy), 224).take(range(12)), plain)
    assert list((tmp_path / "named").glob("copy-*/*.npy"))
    assert sorted(copy.folder.rglob("*")) == before


def test_squares_that_a_shared_copy_has_already_are_used(
    copy: LocalCopy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    squares.squares(copy, _rows(copy), 224)
    monkeypatch.setenv("COVID19_IMAGES_CACHE", str(tmp_path / "named"))
    squares.squares(copy, _rows(copy), 224, lambda *_: pytest.fail("built again"))
    assert not (tmp_path / "named").exists()
