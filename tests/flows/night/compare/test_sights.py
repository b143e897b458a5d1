"""What a search may meet is the same of sources that are read and of those that are not."""

from dataclasses import replace
from itertools import product

import pytest

from covid19_images.manifest import table
from covid19_images.manifest.record import Record
from flows.collection.lives import LEFT_REASONS
from flows.collection.manifest import Manifest
from flows.night.compare.sights import Hashes, RowsOf, alone, comparable, sights

_STATUSES = ("active", "refused", "pointer", "excluded", "withdrawn", "held", "quarantined")
_NEW = Record(source="new", path="=1.png", blob="f" * 40, sha256="1" * 64, phash="0" * 64)


def _rows() -> list[Record]:
    cases = product(_STATUSES, (None, *LEFT_REASONS), (None, "a" * 64), ((), ("blank", "crop")))
    return [
        Record(
            source="set",
            path=f"'{number:03}, 'a.png",
            blob=f"{number:040x}",
            sha256=f"{number % 3:x}" * 64,
            pixels_sha256="2" * 64,
            status=status,
            status_reason=reason,
            phash=phash,
            quality=quality,
        )
        for number, (status, reason, phash, quality) in enumerate(cases)
    ]


@pytest.fixture
def unread() -> Manifest:
    """A source of which nothing is read."""
    return Manifest.of_csv("set.csv", lambda: table.dumps(_rows()).encode())


def test_they_are_the_same_and_no_row_is_read(unread: Manifest) -> None:
    found, read = (sights([_NEW], [rows], [_NEW]) for rows in (unread, _rows()))
    assert [one[:4] for one in found] == [one[:4] for one in read]
    assert {one.key for one in found[1:]} == {r.key for r in map(alone, _rows()) if comparable(r)}
    assert {one.sha256 for one in found} == {None, "1" * 64}
    assert {one.pixels_sha256 for one in found} == {None}
    assert not unread.is_read
    assert list(RowsOf(found)) == list(RowsOf(read)) == RowsOf(read)[:]


def test_a_hash_is_that_of_its_row(unread: Manifest) -> None:
    found = sights([replace(_NEW, phash="b" * 64)], [unread], [_NEW])
    hashes = Hashes({one.blob: one for one in found})
    assert (hashes["f" * 40], hashes[found[1].blob]) == ("b" * 64, "a" * 64)
    assert len(hashes) == len(found)
    assert set(hashes) == {one.blob for one in found}
