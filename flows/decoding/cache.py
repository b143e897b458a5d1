"""Remember what decoding blobs gave, so that no blob is decoded twice on one machine.

The committed manifest alone is enough to know every result; the cache saves the work of nights
whose proposals are not merged yet or were killed, and it holds the features that copies are
recognised by (a few kB an image, too much to commit). It may be deleted at any time.
"""

import json
import logging
import shutil
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from covid19_images.duplicates import features
from covid19_images.duplicates.features import Features
from covid19_images.images.decode import DECODER_SET
from covid19_images.images.fingerprint import ALGORITHM_VERSION, Fingerprint, Headers
from covid19_images.images.refused import Refused
from covid19_images.images.volumes import strips
from covid19_images.manifest.volume import VOLUMES_VERSION
from flows.decoding.result import DecodeResult, LfsPointer

_LOG = logging.getLogger(__name__)
VERSION = f"{ALGORITHM_VERSION}.{features.ALGORITHM_VERSION}"
"""Of what is kept here: what another version wrote is not looked at."""

# What our own file comes to when it is damaged: no database, damaged pages, one that may not be
# opened or written, and one with other tables.
_BROKEN = (
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_ERROR,
)


@dataclass(frozen=True, slots=True)
class Decoded:
    """What one decode of a blob gave: its result, and features where it is a picture."""

    result: DecodeResult
    features: Features | None = None


class Cache:
    """Keep decoded blobs in one SQLite file; a file that is broken is replaced by an empty one."""

    def __init__(self, file: Path) -> None:
        """Open the cache, or make it."""
        file.parent.mkdir(parents=True, exist_ok=True)
        self._file = file
        with self._mended():
            self._prepare()

    @contextmanager
    def _mended(self) -> Iterator[None]:
        """Start with an empty file where it turns out to be broken; nothing but time is lost."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            if (
                getattr(error, "sqlite_errorcode", 0) & 0xFF not in _BROKEN
            ):  # locked, say, or the disk is full
                raise
            self._discard()
            self._prepare()
            _LOG.warning("%s was damaged (%s); it was made anew.", self._file, error)

    def _discard(self) -> None:
        for part in (self._file, self._file.with_name(f"{self._file.name}-journal")):
            if part.is_dir():
                shutil.rmtree(part)
            part.unlink(missing_ok=True)

    def _connect(self) -> closing[sqlite3.Connection]:
        return closing(sqlite3.connect(self._file, timeout=60))

    def _prepare(self) -> None:
        with self._connect() as db, db:
            db.execute(
                "CREATE TABLE IF NOT EXISTS decoded"
                " (blob TEXT, version TEXT, reading TEXT, features BLOB,"
                " PRIMARY KEY (blob, version))"
            )
            db.execute(
                "CREATE TABLE IF NOT EXISTS volumes"
                " (files TEXT, version INTEGER, tables BLOB, PRIMARY KEY (files, version))"
            )
            db.execute(
                "CREATE TABLE IF NOT EXISTS strips"
                " (name TEXT, version INTEGER, content BLOB, PRIMARY KEY (name, version))"
            )

    def _rows(self, column: str, blobs: Iterable[str]) -> Iterator[tuple[str, Any]]:
        query = f"SELECT {column} FROM decoded WHERE blob = ? AND version = ?"  # noqa: S608  ours
        with self._mended(), self._connect() as db:
            for blob in blobs:
                row = db.execute(query, (blob, VERSION)).fetchone()
                if row and row[0] is not None:
                    yield blob, row[0]

    def results(self, blobs: Iterable[str]) -> dict[str, DecodeResult]:
        """Return the stored results of blobs, by blob id."""
        found = self._rows("reading", blobs)
        texts = ((blob, _unsealed(kept)) for blob, kept in found)
        loaded = ((blob, _load(text)) for blob, text in texts if text is not None)
        return {blob: result for blob, result in loaded if result is not None}

    def features(self, blobs: Iterable[str]) -> dict[str, Features]:
        """Return the stored features of blobs, by blob id."""
        found = self._rows("features", blobs)
        return {
            blob: Features.from_bytes(raw)
            for blob, kept in found
            if (raw := _unsealed(kept)) is not None
        }

    def lacks_features(self, blobs: Iterable[str]) -> bool:
        """Return whether the features of any of some blobs are not stored; none is read."""
        asked = set(blobs)
        return sum(1 for _ in self._rows("NULLIF(features IS NOT NULL, 0)", asked)) < len(asked)

    def put(self, decoded: Mapping[str, Decoded]) -> None:
        """Store decoded blobs, all or none."""
        rows = [
            (blob, VERSION, _sealed(_dump(one.result)), _sealed_features(one.features))
            for blob, one in decoded.items()
        ]
        with self._mended(), self._connect() as db, db:
            db.executemany("INSERT OR REPLACE INTO decoded VALUES (?, ?, ?, ?)", rows)

    def put_features(self, features: Mapping[str, Features]) -> None:
        """Store features that another machine made; results that are known stay."""
        rows = [(blob, VERSION, _sealed_features(one)) for blob, one in features.items()]
        query = "INSERT OR IGNORE INTO decoded VALUES (?, ?, NULL, ?)"
        with self._mended(), self._connect() as db, db:
            db.executemany(query, rows)

    def volumes(self, files: Iterable[str]) -> dict[str, bytes]:
        """Return what was stored of volumes, by the digest of their files."""
        query = "SELECT tables FROM volumes WHERE files = ? AND version = ?"
        return self._kept(query, files, VOLUMES_VERSION)

    def _kept(self, query: str, keys: Iterable[str], version: int) -> dict[str, bytes]:
        found = {}
        with self._mended(), self._connect() as db:
            for key in keys:
                row = db.execute(query, (key, version)).fetchone()
                if row and (content := _unsealed(row[0])) is not None:
                    found[key] = content
        return found

    def put_volumes(self, files: str, tables: bytes) -> None:
        """Store what the volumes of some files are."""
        with self._mended(), self._connect() as db, db:
            row = (files, VOLUMES_VERSION, _sealed(tables))
            db.execute("INSERT OR REPLACE INTO volumes VALUES (?, ?, ?)", row)

    def strips(self, names: Iterable[str]) -> dict[str, bytes]:
        """Return what was drawn of volumes and masks, by their names in `flows.decoding.strips`."""
        query = "SELECT content FROM strips WHERE name = ? AND version = ?"
        return self._kept(query, names, strips.VERSION)

    def put_strips(self, drawn: Mapping[str, bytes]) -> None:
        """Store what was drawn of volumes and masks."""
        rows = [(name, strips.VERSION, _sealed(content)) for name, content in drawn.items()]
        with self._mended(), self._connect() as db, db:
            db.executemany("INSERT OR REPLACE INTO strips VALUES (?, ?, ?)", rows)


def _sealed(content: bytes) -> bytes:
    """Return bytes behind a checksum: SQLite has none, and a flipped bit would go unnoticed."""
    return zlib.crc32(content).to_bytes(4) + content


def _unsealed(kept: object) -> bytes | None:
    """Return what was sealed; `None` where the checksum does not match."""
    if not isinstance(kept, bytes) or zlib.crc32(kept[4:]).to_bytes(4) != kept[:4]:
        return None
    return kept[4:]


def _sealed_features(found: Features | None) -> bytes | None:
    return None if found is None else _sealed(found.to_bytes())


_WORDS = {Fingerprint: "Fingerprint", Refused: "Refused", LfsPointer: "Pointer"}


def _dump(result: DecodeResult) -> bytes:
    kept = {"is": _WORDS[type(result)]} | asdict(result)
    if isinstance(result, Refused):
        kept["decoders"] = DECODER_SET
    return json.dumps(kept).encode()


def _load(text: bytes) -> DecodeResult | None:
    """Return a stored result; `None` for a refusal by an older set of decoders."""
    cells: dict[str, Any] = json.loads(text)
    match cells.pop("is"):
        case "Refused":
            current = cells.pop("decoders", 0) == DECODER_SET
            return Refused(**cells) if current else None
        case "Pointer":
            return LfsPointer(**cells)
    cells["headers"] = Headers(**cells["headers"])
    return Fingerprint(**cells | {name: tuple(cells[name]) for name in ("quality", "privacy")})
