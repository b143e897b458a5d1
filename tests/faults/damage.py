"""Damage the cache, as disks and people do."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path

from tests.faults.fault import Fault
from tests.faults.world import World, Worlds


def _clone(cache: Path) -> Path:
    [clone] = (cache / "clones").glob("set-*.git")
    return clone


def _packs(cache: Path, ending: str) -> list[Path]:
    found = sorted((_clone(cache) / "objects" / "pack").glob(f"*.{ending}"))
    assert found
    return found


def _overwrite(file: Path, content: bytes) -> None:
    file.chmod(0o600)
    file.write_bytes(content)


def _cut_packs(cache: Path) -> None:
    for pack in _packs(cache, "pack"):
        _overwrite(pack, pack.read_bytes()[: pack.stat().st_size // 2])


def _garbled_packs(cache: Path) -> None:
    for pack in _packs(cache, "pack"):
        content = pack.read_bytes()
        third = len(content) // 3
        _overwrite(pack, content[:third] + b"\xa5" * third + content[2 * third :])


def _flipped_packs(cache: Path) -> None:
    for pack in _packs(cache, "pack"):
        content = bytearray(pack.read_bytes())
        for at in range(50, len(content), 997):
            content[at] ^= 0x10
        _overwrite(pack, bytes(content))


def _remove_packs(cache: Path, ending: str) -> None:
    for file in _packs(cache, ending):
        file.unlink()


def _no_refs(cache: Path) -> None:
    shutil.rmtree(_clone(cache) / "refs")
    (_clone(cache) / "packed-refs").unlink(missing_ok=True)


def _locks(cache: Path) -> None:
    for name in (
        "config.lock",
        "packed-refs.lock",
        "shallow.lock",
        "HEAD.lock",
        "refs/upstream/tip.lock",
    ):
        file = _clone(cache) / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()


def _a_file(cache: Path) -> None:
    clone = _clone(cache)
    shutil.rmtree(clone)
    clone.write_text("no folder", encoding="utf-8")


def _an_empty_folder(cache: Path) -> None:
    clone = _clone(cache)
    shutil.rmtree(clone)
    clone.mkdir()


def _leftovers(cache: Path) -> None:
    clone = _clone(cache)
    shutil.copytree(clone, clone.with_name(f".rebuilt-{clone.name}"))
    (clone.parent / ".new-leftover").mkdir()
    shutil.rmtree(clone)


def _closed(folder: Path) -> None:
    for path, _, files in os.walk(folder, topdown=False):
        for file in files:
            Path(path, file).chmod(0)
        Path(path).chmod(0)


def _opened(folder: Path) -> None:
    """Do what the message asks for."""
    folder.chmod(0o700)
    for path in folder.rglob("*"):
        path.chmod(0o700)


def _memory(cache: Path) -> Path:
    return cache / "decoded.sqlite"


def _cut_memory(cache: Path, share: float) -> None:
    content = _memory(cache).read_bytes()
    _memory(cache).write_bytes(content[: int(len(content) * share)])


def _garbled_memory(cache: Path) -> None:
    content = bytearray(_memory(cache).read_bytes())
    for at in range(4096, len(content), 53):
        content[at] ^= 0x41
    _memory(cache).write_bytes(content)


def _sql(cache: Path, *statements: str) -> None:
    with closing(sqlite3.connect(_memory(cache))) as db, db:
        for statement in statements:
            db.execute(statement)


def _flipped_readings(cache: Path) -> None:
    """Change a digit in every reading: still JSON, and wrong."""
    with closing(sqlite3.connect(_memory(cache))) as db, db:
        rows = db.execute("SELECT blob, reading, features FROM decoded").fetchall()
        for blob, reading, features in rows:
            raw = reading if isinstance(reading, bytes) else reading.encode()
            wrong = raw.replace(b'"width": 1', b'"width": 9')
            assert wrong != raw
            db.execute(
                "UPDATE decoded SET reading = ?, features = ? WHERE blob = ?",
                (wrong, features[:-9] + b"\0" * 9, blob),
            )


def _a_folder(cache: Path) -> None:
    _memory(cache).unlink()
    (_memory(cache) / "deep").mkdir(parents=True)


_CLONE: Mapping[str, Callable[[Path], object]] = {
    "packs cut in half": _cut_packs,
    "packs overwritten in the middle": _garbled_packs,
    "bits of packs flipped": _flipped_packs,
    "packs gone": partial(_remove_packs, ending="pack"),
    "indexes of packs gone": partial(_remove_packs, ending="idx"),
    "all objects gone": lambda cache: shutil.rmtree(_clone(cache) / "objects"),
    "refs gone": _no_refs,
    "HEAD gone": lambda cache: (_clone(cache) / "HEAD").unlink(),
    "HEAD overwritten": lambda cache: _overwrite(_clone(cache) / "HEAD", b"\0" * 41),
    "config gone": lambda cache: (_clone(cache) / "config").unlink(),
    "config overwritten": lambda cache: _overwrite(_clone(cache) / "config", b"[core\0\n"),
    "locks left behind": _locks,
    "clone is a file": _a_file,
    "clone is an empty folder": _an_empty_folder,
    "half-made clones left behind": _leftovers,
    "clone may not be opened": lambda cache: _closed(_clone(cache)),
}
_MEMORY: Mapping[str, Callable[[Path], object]] = {
    "memory empty": partial(_cut_memory, share=0),
    "memory cut in half": partial(_cut_memory, share=0.5),
    "memory cut to a few bytes": partial(_cut_memory, share=0.001),
    "memory is text": lambda cache: _memory(cache).write_text("no database\n" * 999),
    "memory overwritten": _garbled_memory,
    "readings changed": _flipped_readings,
    "readings are no JSON": lambda cache: _sql(cache, "UPDATE decoded SET reading = '{'"),
    "features cut": lambda cache: _sql(cache, "UPDATE decoded SET features = x'0100'"),
    "memory has other columns": lambda cache: _sql(
        cache, "DROP TABLE decoded", "CREATE TABLE decoded (blob TEXT)"
    ),
    "memory is a folder": _a_folder,
    "memory may not be opened": lambda cache: _memory(cache).chmod(0),
    "memory may not be written": lambda cache: _memory(cache).chmod(0o400),
    "a broken journal beside memory": lambda cache: (
        _memory(cache)
        .with_name("decoded.sqlite-journal")
        .write_bytes(b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + b"\xff" * 900)
    ),
}
_ALL: Mapping[str, Callable[[Path], object]] = {
    "everything gone": shutil.rmtree,
    "cache may not be opened": _closed,
}


def _damaged(damage: Callable[[Path], object], world: World, _: Worlds) -> None:
    damage(world.cache)
    printed = " ".join(world.command(bound="anybody").replace("│", " ").split())  # boxes wrap words
    if world.cache.exists() and not world.cache.stat().st_mode & 0o700:
        assert "No permission" in printed or "is not readable" in printed, printed
        _opened(world.cache)


def faults() -> Iterator[Fault]:
    """List damages to a cache before the news, and to one that holds them."""
    for warm in (False, True):
        for name, damage in (_CLONE | _MEMORY | _ALL).items():
            when = "after" if warm else "before"
            yield Fault("cache", f"{name}, {when} the news came", partial(_damaged, damage), warm)
