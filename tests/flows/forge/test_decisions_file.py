"""What people answered lands in their file, which otherwise stays as they wrote it."""

import datetime as dt
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from covid19_images.manifest.identifiers import NAME, is_key
from flows.config.decisions import Decision, Decisions, Ignoring, Pin
from flows.forge.decisions_file import Entry, carried, entries, record, renamed
from flows.proposal.answers import Answer, Diagnosed, Hold, Ignore, Judged, Rebuild
from tests.support.collection import ROOT

FILE = (ROOT / "config" / "decisions.toml").read_text(encoding="utf-8")
DAY = dt.date(2026, 11, 23)
WHY = "answered in pull request #7"
WRITTEN = """
[[pairs]]
a = "a/1.png"
b = "b/1.png"
verdict = "same"
by = "octocat"
date = 2026-11-23
why = "answered in pull request #7"
"""
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
SOURCES = st.from_regex(NAME, fullmatch=True)
PICTURES = st.builds("{}/{}".format, SOURCES, NAMES).filter(is_key)
ENTRIES = st.lists(
    st.builds(
        Decision,
        a=PICTURES,
        b=PICTURES,
        verdict=st.sampled_from(["same", "different"]),
        by=NAMES,
        date=st.dates(),
        why=NAMES,
        kind=st.sampled_from(["reencoded", "cropped"]),
    )
    | st.builds(Ignoring, source=SOURCES, until=st.dates(), by=NAMES, why=NAMES)
    | st.builds(
        Pin,
        source=SOURCES,
        commit=st.sampled_from(["a" * 40, "b" * 40]),
        by=NAMES,
        date=st.dates(),
        released=st.none() | st.dates(),
    ),
    max_size=6,
)
INLINE = """pairs = [
  { a = "set/x", b = "set/y", verdict = "same", by = "me", date = 2020-01-01 }, # sure
]
"""
IGNORED = "[[ignore]]\nsource = 'x' # they move\nuntil = 2020-01-01\nby='me'"
PEOPLES = st.sampled_from(["", FILE, "# mine", "pairs = []\n", IGNORED, INLINE])


def _entries(*answers: Answer) -> tuple[Entry, ...]:
    return entries(answers, by="octocat", today=DAY, why=WHY, ignore_days=30)


def _read(text: str) -> Decisions:
    return Decisions.model_validate(tomllib.loads(text))


def test_an_answer_is_put_below_what_people_wrote() -> None:
    new = _entries(Judged("a/1.png", "b/1.png", "same"))
    assert record(FILE, new) == FILE + WRITTEN
    assert record("", new) == WRITTEN.lstrip("\n")


def test_a_source_is_left_alone_for_as_long_as_was_said_or_as_is_usual() -> None:
    new = _entries(Ignore("set"), Ignore("other", dt.date(2027, 1, 1)))
    assert _read(record("", new)).ignore == (
        Ignoring(source="set", until=dt.date(2026, 12, 23), by="octocat", why=WHY),
        Ignoring(source="other", until=dt.date(2027, 1, 1), by="octocat", why=WHY),
    )


def test_what_is_no_decision_is_not_written() -> None:
    assert record(FILE, _entries(Rebuild(), Hold())) == FILE


def test_the_same_answer_is_not_written_twice() -> None:
    once = record(FILE, _entries(Judged("a/1.png", "b/1.png", "same"), Ignore("set")))
    assert record(once, _entries(Judged("b/1.png", "a/1.png", "same"), Ignore("set"))) == once


def test_the_newest_answer_is_written_last_and_counts() -> None:
    once = record(FILE, _entries(Judged("a/1.png", "b/1.png", "same")))
    again = record(once, _entries(Judged("b/1.png", "a/1.png", "different")))
    assert [pair.verdict for pair in _read(again).pairs] == ["same", "different"]
    assert again.startswith(once)


@given(PEOPLES, ENTRIES)
def test_entries_come_back_and_a_second_time_changes_nothing(text: str, new: list[Entry]) -> None:
    before, after = _read(text), _read(record(text, new))
    assert after.pairs[: len(before.pairs)] == before.pairs
    assert after.ignore[: len(before.ignore)] == before.ignore
    fresh = [*after.pairs[len(before.pairs) :], *after.ignore[len(before.ignore) :], *after.pin]
    assert set(map(repr, fresh)) <= set(map(repr, new))
    for entry in new:
        assert record(record(text, new), [entry]) == record(text, new) or _overruled(entry, new)


def _overruled(entry: Entry, new: list[Entry]) -> bool:
    """Return whether another of the entries is about the same, and says something else."""
    return any(_about(other) == _about(entry) and _says(other) != _says(entry) for other in new)


def _about(entry: Entry) -> object:
    if isinstance(entry, Decision):
        return frozenset((entry.a, entry.b))
    return type(entry), entry.source


def _says(entry: Entry) -> object:
    if isinstance(entry, Pin):
        return entry.commit, entry.released is None
    return entry.verdict if isinstance(entry, Decision) else entry.until


@given(PEOPLES, ENTRIES)
def test_the_comments_of_people_stay(text: str, new: list[Entry]) -> None:
    written = record(text, new)
    for line in text.splitlines():
        assert "#" not in line or line[line.index("#") :] in written


def test_answers_nobody_merged_yet_are_carried_to_a_newer_base() -> None:
    proposed = record(FILE, _entries(Judged("a/1.png", "b/1.png", "same"), Ignore("set")))
    newer = (
        FILE
        + '\n[[pairs]]\na = "set/x"\nb = "set/y"\nverdict = "same"\nby = "me"\ndate = 2026-11-22\n'
    )
    merged = carried(newer, proposed)
    assert merged.startswith(newer)
    assert [(pair.a, pair.b) for pair in _read(merged).pairs] == [
        ("set/x", "set/y"),
        ("a/1.png", "b/1.png"),
    ]
    assert [one.source for one in _read(merged).ignore] == ["set"]
    assert carried(merged, proposed) == merged


def test_what_a_person_took_back_meanwhile_is_not_carried() -> None:
    began = record(FILE, _entries(Ignore("mistyped")))
    proposed = record(began, _entries(Ignore("set")))
    merged = _read(carried(FILE, proposed, began)).ignore
    assert [one.source for one in merged] == ["set"]


def test_a_file_that_is_no_file_of_decisions_is_not_written_to() -> None:
    with pytest.raises(ValueError, match="verdict"):
        record('[[pairs]]\na = "x"\n', _entries(Ignore("set")))


def test_every_decision_that_names_an_image_follows_a_source_that_is_renamed() -> None:
    words = 'by = "me"\ndate = 2026-11-26\n'
    text = (
        f'[[exclude]]\nimage = "old/1.png"\nreason = "owner"\n{words}'
        f'[[keep]]\nimage = "old/2.png"\n{words}'
        f'[[finding]]\nimage = "old/3.png"\nvalue = "SARS"\n{words}'
    )
    assert renamed(text, {"old": "new"}) == text.replace("old/", "new/")


@pytest.mark.parametrize("table", ["exclude", "keep", "finding"])
def test_what_an_earlier_night_proposed_about_an_image_is_carried(table: str) -> None:
    more = {"exclude": 'reason = "owner"\n', "keep": "", "finding": 'value = "SARS"\n'}[table]
    text = f'[[{table}]]\nimage = "set/1.png"\n{more}by = "me"\ndate = 2026-11-26\n'
    once = carried("", text)
    assert len(getattr(Decisions.model_validate(tomllib.loads(once)), table)) == 1
    assert carried(once, text) == once


def test_a_finding_that_was_answered_names_who_decided_and_when() -> None:
    words = Diagnosed("a/1.png", "COVID-19")
    made = entries([words], by="octocat", today=DAY, why=WHY, ignore_days=30)
    [finding] = Decisions.model_validate(tomllib.loads(record("", made))).finding
    assert (finding.image, finding.value, finding.by, finding.date) == (
        "a/1.png",
        "COVID-19",
        "octocat",
        DAY,
    )
    assert record(record("", made), made) == record("", made)
