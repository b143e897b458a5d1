"""Lines of the ledger are looked up, and added, without parsing the others."""

import datetime as dt

from covid19_images.manifest import splits
from covid19_images.manifest.splits import Placed
from flows.collection.ledger import Ledger, LongerLedger

DAY = dt.date(2026, 11, 1)
LINES = tuple(
    Placed(f"c19-{number:016x}", "test" if number % 2 else "train", DAY if number else None)
    for number in range(5)
)
NEW = (Placed("c19-00000000000000ff", "validation", DAY),)


def _ledger(lines: tuple[Placed, ...]) -> Ledger:
    return Ledger(lambda: splits.dumps(lines) if lines else "")


def test_the_lines_of_some_pictures_are_those_of_the_whole() -> None:
    ledger = _ledger(LINES)
    assert ledger.of({LINES[3].image_id, LINES[0].image_id, NEW[0].image_id}) == (
        LINES[0],
        LINES[3],
    )
    assert ledger.of(set()) == ()
    assert not ledger.is_read
    assert ledger == LINES


def test_a_longer_ledger_is_written_as_if_all_of_it_were() -> None:
    longer = LongerLedger(_ledger(LINES), NEW)
    assert longer.text() == splits.dumps((*LINES, *NEW))
    assert not longer.is_read
    assert longer == (*LINES, *NEW)


def test_a_ledger_that_is_not_there_has_no_lines() -> None:
    empty = _ledger(())
    assert empty.of({NEW[0].image_id}) == ()
    assert empty == ()
    assert LongerLedger(empty, NEW).text() == splits.dumps(NEW)
