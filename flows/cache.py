"""Remember what decoding blobs gave, so that no blob is decoded twice on one machine.

The committed manifest alone is enough to know every reading; the cache saves the work of nights
whose proposals are not merged yet or were killed, and it holds the features that copies are
recognised by (a few kB an image, too much to commit). It may be deleted at any time.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from covid19_images.duplicates import features
from covid19_images.duplicates.features import Features
from covid19_images.fingerprint import ALGORITHM_VERSION, Fingerprint, Headers
from flows.readings import Pointer, Reading, Refused

VERSION = f"{ALGORITHM_VERSION}.{features.ALGORITHM_VERSION}"
"""Of what is kept here: what another version wrote is not looked at."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """What one decode of a blob gave: a reading, and features where it is a picture."""

    reading: Reading
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
        """Begin anew where the file turns out to be broken."""
        try:
            yield
        except sqlite3.OperationalError:  # locked, or the disk is full: the file is not broken
            raise
        except sqlite3.DatabaseError:
            for part in (self._file, self._file.with_name(f"{self._file.name}-journal")):
                part.unlink(missing_ok=True)
            self._prepare()

    def _connect(self) -> closing[sqlite3.Connection]:
        return closing(sqlite3.connect(self._file, timeout=60))

    def _prepare(self) -> None:
        with self._connect() as db, db:
            db.execute(
                "CREATE TABLE IF NOT EXISTS decoded"
                " (blob TEXT, version TEXT, reading TEXT, features BLOB,"
                " PRIMARY KEY (blob, version))"
            )

    def _rows(self, column: str, blobs: Iterable[str]) -> Iterator[tuple[str, Any]]:
        query = f"SELECT {column} FROM decoded WHERE blob = ? AND version = ?"  # noqa: S608  ours
        with self._mended(), self._connect() as db:
            for blob in blobs:
                row = db.execute(query, (blob, VERSION)).fetchone()
                if row and row[0] is not None:
                    yield blob, row[0]

    def readings(self, blobs: Iterable[str]) -> dict[str, Reading]:
        """Look readings up by blob id."""
        return {blob: _load(text) for blob, text in self._rows("reading", blobs)}

    def features(self, blobs: Iterable[str]) -> dict[str, Features]:
        """Look features up by blob id."""
        return {blob: Features.from_bytes(raw) for blob, raw in self._rows("features", blobs)}

    def put(self, decoded: Mapping[str, Decoded]) -> None:
        """Keep decoded blobs, all or none."""
        rows = [
            (blob, VERSION, _dump(one.reading), one.features and one.features.to_bytes())
            for blob, one in decoded.items()
        ]
        with self._mended(), self._connect() as db, db:
            db.executemany("INSERT OR REPLACE INTO decoded VALUES (?, ?, ?, ?)", rows)

    def put_features(self, features: Mapping[str, Features]) -> None:
        """Keep features that another machine made; readings that are known stay."""
        rows = [(blob, VERSION, one.to_bytes()) for blob, one in features.items()]
        query = "INSERT OR IGNORE INTO decoded VALUES (?, ?, NULL, ?)"
        with self._mended(), self._connect() as db, db:
            db.executemany(query, rows)


def _dump(reading: Reading) -> str:
    return json.dumps({"is": type(reading).__name__} | asdict(reading))


def _load(text: str) -> Reading:
    cells: dict[str, Any] = json.loads(text)
    match cells.pop("is"):
        case "Refused":
            return Refused(**cells)
        case "Pointer":
            return Pointer(**cells)
    cells["headers"] = Headers(**cells["headers"])
    return Fingerprint(**cells | {name: tuple(cells[name]) for name in ("quality", "privacy")})
