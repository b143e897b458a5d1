"""Keep the features of a copy's pictures: features.sqlite in its cache, which may be deleted."""

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from covid19_images.checks.published import published
from covid19_images.download.cache import cache_folder
from covid19_images.download.copy import LocalCopy, LocalCopyError
from covid19_images.download.squares import Levels, Say, quiet
from covid19_images.duplicates.features import ALGORITHM_VERSION, Features, extract
from covid19_images.images.colour_maps import structure
from covid19_images.images.decode import read
from covid19_images.images.refused import Refused
from covid19_images.images.sizes import SIZES_PX
from covid19_images.manifest.record import Record

_PART = 200  # pictures that are computed before they are written


def features(copy: LocalCopy, records: Sequence[Record], say: Say = quiet) -> dict[str, Features]:
    """Return the features of pictures by `image_id`.

    Those that are not kept yet are fetched with the release, or computed where it has none.

    Args:
        copy: The local copy.
        records: Rows it holds.
        say: Called with the progress.
    """
    folder = cache_folder(copy.folder)
    folder.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(folder / "features.sqlite", timeout=60)) as db:
        with db:
            db.execute(
                "CREATE TABLE IF NOT EXISTS features"
                " (image_id TEXT, version INTEGER, raw BLOB, PRIMARY KEY (image_id, version))"
            )
        found = dict(_kept(db, {str(record.image_id) for record in records}))
        missing = {str(r.image_id): r for r in records if r.image_id not in found}
        fetched = published(copy, list(missing.values()), folder, say)
        _keep(db, fetched)
        missing = {name: record for name, record in missing.items() if name not in fetched}
        for done, part in _computed(copy, list(missing.values())):
            say("Describing the collection's pictures", done, len(missing))
            _keep(db, part)
            found |= part
    return found | fetched


def _keep(db: sqlite3.Connection, part: Mapping[str, Features]) -> None:
    rows = [(name, ALGORITHM_VERSION, one.to_bytes()) for name, one in part.items()]
    with db:
        db.executemany("INSERT OR REPLACE INTO features VALUES (?, ?, ?)", rows)


def _kept(db: sqlite3.Connection, wanted: set[str]) -> Iterator[tuple[str, Features]]:
    asked = "SELECT image_id, raw FROM features WHERE version = ?"
    for name, raw in db.execute(asked, (ALGORITHM_VERSION,)):
        if name in wanted:
            yield name, Features.from_bytes(raw)


def _computed(
    copy: LocalCopy, records: Sequence[Record]
) -> Iterator[tuple[int, dict[str, Features]]]:
    with ThreadPoolExecutor(os.cpu_count() or 1) as threads:
        for at in range(0, len(records), _PART):
            part = records[at : at + _PART]
            computed = threads.map(lambda record: extract(_grey(copy, record)), part)
            names = [str(record.image_id) for record in part]
            yield at + len(part), dict(zip(names, computed, strict=True))


def _grey(copy: LocalCopy, record: Record) -> Levels:
    """Return a picture in its own size, or as the largest square where only squares are here."""
    try:
        return _painted(copy, record) if "colour" in record.quality else copy.array(record)
    except LocalCopyError:
        for size in sorted(SIZES_PX, reverse=True):
            content = copy.encoded(record, size=size)
            if content is not None:
                return copy.array(record, size=size)
        raise


def _painted(copy: LocalCopy, record: Record) -> Levels:
    """Return what a coloured picture shows, as a night and `read_folder` see it."""
    picture = read(copy.encoded(record) or b"")
    return (
        copy.array(record) if isinstance(picture, Refused) else structure(picture, picture.grey())
    )
