"""What a night changes, row by row, and in one sentence."""

from dataclasses import replace

import pytest

from covid19_images.manifest.record import Record
from covid19_images.manifest.table import Change
from flows.proposal.changes import SourceChange, headline, rows, tally
from flows.text.plural import plural
from flows.upstream.outcome import Advanced
from flows.upstream.tree import Entry, TreeDiff
from tests.flows.proposal.small_night import CHANGES, JOURNAL, QUIET, row

WHOLE = (
    "2 sources moved: 4 new images, 1 of them a copy, 1 changed, 1 renamed, 1 removed, 1 relabelled"
)
A, B = row("journal", "a"), row("journal", "b")


def _moved(old: Record, new: Record) -> TreeDiff:
    return TreeDiff(renamed=((Entry(old.path, old.blob), Entry(new.path, new.blob)),))


def test_rows_are_sorted_by_what_happened_to_them() -> None:
    edited, labelled = replace(B, blob="1" * 40), replace(A, sex="F")
    gone = row("journal", "gone")
    new = row("journal", "new")
    found = rows([A, B, gone], [labelled, edited, replace(gone, status="withdrawn"), new], None)
    assert found.added == (new,)
    assert found.removed == (gone,)
    assert found.modified == (Change(B, edited),)
    assert found.relabelled == (Change(A, labelled),)


def test_a_renamed_row_is_neither_added_nor_removed() -> None:
    moved = replace(A, path="moved/a")
    found = rows([A], [moved], _moved(A, moved))
    assert found.renamed == (Change(A, moved),)
    assert (found.added, found.removed, found.relabelled) == ((), (), ())


def test_a_row_that_comes_back_is_added() -> None:
    assert rows([replace(A, status="withdrawn")], [A], None).added == (A,)


def test_a_row_that_stays_withdrawn_is_not_removed_again() -> None:
    gone = replace(A, status="withdrawn")
    assert rows([gone], [gone], None).removed == ()


@pytest.mark.parametrize(
    "cells", [{"duplicate_of": "x/y", "duplicate_kind": "bytes"}, {"group": "g"}, {"split": "test"}]
)
def test_what_follows_from_other_rows_is_no_changed_label(cells: dict[str, str]) -> None:
    assert rows([A], [replace(A, **cells)], None).relabelled == ()


def test_words_are_counted_and_silence_is_a_word() -> None:
    records = [row("x", "1", finding=("SARS", "ARDS")), row("x", "2", finding=()), A]
    assert tally(records, "finding") == {"SARS": 1, "ARDS": 1, "COVID-19": 1, "not stated": 1}
    assert tally(records, "view") == {"not stated": 3}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ((), "Nothing moved"),
        (CHANGES[3:], "Nothing moved"),
        (
            CHANGES,
            WHOLE,
        ),
        (
            [SourceChange(source=QUIET, outcome=Advanced("a", "b"), old="a", new="b")],
            "1 source moved: no image changed",
        ),
        (
            [replace(CHANGES[0], new="a" * 40, added=(), removed=(), renamed=())],
            "Described anew: 1 relabelled",
        ),
        (
            [SourceChange(source=JOURNAL, outcome=Advanced(None, "b"), new="b", added=(A,) * 1200)],
            "1 source moved: 1,200 new images",
        ),
    ],
)
def test_a_night_is_said_in_one_sentence(changes: list[SourceChange], sentence: str) -> None:
    assert headline(changes) == sentence


@pytest.mark.parametrize(
    ("number", "words", "message"),
    [
        (0, "images", "0 images"),
        (1, "images", "1 image"),
        (2, "images", "2 images"),
        (1, "renamed", "1 renamed"),
        (12345, "duplicates", "12,345 duplicates"),
    ],
)
def test_numbers_are_read_with_their_words(number: int, words: str, message: str) -> None:
    assert plural(number, words) == message
