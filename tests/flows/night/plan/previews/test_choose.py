"""What is drawn: what a person must judge first, and never more than is looked at."""

from dataclasses import replace
from itertools import pairwise

from covid19_images.manifest.table import Change
from flows.collection.duplicates import Pair
from flows.night.plan.previews.choose import MOST_PAIRS, MOST_THUMBNAILS, PictureRef, wanted
from flows.proposal.changes import NewDuplicate, SourceChange
from tests.flows.proposal.small_night import CHANGES, FOLDERS, JOURNAL, RECORDS, row

OUTCOME = CHANGES[0].outcome
NEW = tuple(row("journal", f"images/{i:05}.png", blob=f"{i:040}") for i in range(5000))


def rows(*records):
    return {
        "journal": [r for r in records if r.source == "journal"],
        "folders": [r for r in records if r.source == "folders"],
    }


def change(**values):
    return SourceChange(source=JOURNAL, outcome=OUTCOME, **values)


def test_a_night_shows_new_changed_and_removed_pictures_and_both_sides_of_copies() -> None:
    records = [replace(r, blob=f"{i:040}") for i, r in enumerate(RECORDS)]
    journal, folders = CHANGES[:2]
    found = wanted([journal, folders], rows(*records))
    shown = {side.blob for side in found.sides}
    for record in (*journal.added, *journal.removed, *folders.added):
        assert record.blob in shown
    assert {"1" * 40, "2" * 40} <= shown  # before and after
    keys = {record.key: record.blob for record in records}
    assert len(found.pairs) == len(folders.copies + folders.undecided) > 1
    for copy, a, b in found.pairs:
        assert (a.blob, b.blob) == (keys[copy.copy], keys[copy.original])
        assert {a, b} <= set(found.sides)
    assert found.left_out == 0


def test_a_quiet_night_wants_nothing() -> None:
    found = wanted(CHANGES[2:], rows(*RECORDS))
    assert (found.sides, found.pairs, found.left_out) == ((), (), 0)


def test_relabelled_and_renamed_pictures_are_not_drawn() -> None:
    found = CHANGES[0]
    assert wanted([change(renamed=found.renamed, relabelled=found.relabelled)], {}).sides == ()


def test_files_that_cannot_be_read_are_not_asked_for() -> None:
    added = row("journal", "a", status="refused"), row("journal", "b", status="pointer")
    assert wanted([change(added=added)], {}).sides == ()


def test_too_many_new_pictures_are_sampled_evenly_and_the_rest_is_counted() -> None:
    removed = row("journal", "gone", blob="f" * 40)
    edited = Change(row("journal", "x", blob="d" * 40), row("journal", "x", blob="e" * 40))
    found = wanted([change(added=NEW, removed=(removed,), modified=(edited,))], rows(*NEW))
    assert len(found.sides) == MOST_THUMBNAILS
    assert found.left_out == 5003 - MOST_THUMBNAILS
    assert {PictureRef(c * 40, "journal") for c in "def"} <= set(found.sides)
    numbers = [int(side.blob) for side in found.sides if side.blob.isdigit()]
    assert (numbers[0], numbers[-1] > 4990) == (0, True)


def test_a_small_source_is_not_crowded_out_by_a_large_one() -> None:
    few = tuple(row("folders", f"{i}", blob=f"a{i:039}") for i in range(100))
    other = SourceChange(source=FOLDERS, outcome=OUTCOME, added=few)
    found = wanted([change(added=NEW), other], {})
    assert sum(side.source == "folders" for side in found.sides) == 100


def test_pairs_are_bounded_and_undecided_ones_come_first() -> None:
    keys = [record.key for record in NEW[:600]]
    copies = tuple(NewDuplicate(b, a, Pair(a=a, b=b, kind="bytes")) for a, b in pairwise(keys))
    asked = NewDuplicate(keys[-1], keys[0], Pair(a=keys[0], b=keys[-1], kind="undecided"))
    found = wanted([change(copies=copies, undecided=(asked,))], rows(*NEW))
    assert len(found.pairs) == MOST_PAIRS
    assert found.pairs[0][0] == asked
    assert found.left_out == 600 - MOST_PAIRS


def test_a_blob_that_stands_in_many_rows_is_drawn_once() -> None:
    twice = tuple(row("journal", f"{i}", blob="c" * 40) for i in range(3))
    assert wanted([change(added=twice)], {}).sides == (PictureRef("c" * 40, "journal"),)
