"""When each picture came: the same dates, whether kept night by night or imported at once."""

import datetime as dt
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from flows.upstream import history
from flows.upstream.history import Dates, arrivals
from tests.support.examples import examples
from tests.support.upstream import Upstream
from tests.support.upstream import git as run_git

PATHS = st.sampled_from(["a", "b", "c", "d/a"])
CONTENTS = st.none() | st.sampled_from([b"1", b"2", b"3"])
CHANGES = st.dictionaries(PATHS, CONTENTS, min_size=1, max_size=3)


def _day(number: int) -> str:
    return f"{1583020800 + 86400 * number} +0000"


def _date(number: int) -> dt.date:
    return dt.date(2020, 3, 1) + dt.timedelta(days=number)


def _merge(upstream: Upstream, files: dict[str, bytes | None], day: int) -> str:
    """Commit files on a side branch a day early, and merge it."""
    base = upstream.tip()
    upstream.commit({"side": str(day).encode()}, date=_day(day - 1))
    side = upstream.commit(files, date=_day(day - 1))
    tree = run_git(upstream.folder, "rev-parse", f"{side}^{{tree}}").strip()
    dates = {"GIT_AUTHOR_DATE": _day(day), "GIT_COMMITTER_DATE": _day(day)}
    parents = ("-p", base, "-p", side)
    merge = run_git(upstream.folder, "commit-tree", tree, *parents, "-m", "merge", **dates).strip()
    upstream.reset(merge)
    return merge


@settings(max_examples=examples(12), deadline=None)
@given(st.lists(st.tuples(st.booleans(), CHANGES), min_size=2, max_size=6), st.data())
def test_kept_night_by_night_or_imported_at_once_gives_the_same_dates(
    nights: list[tuple[bool, dict[str, bytes | None]]], data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        upstream = Upstream(Path(folder, "upstream.git"))
        commits = [upstream.commit({"first": b"0"}, date=_day(0))]
        for number, (merged, files) in enumerate(nights, start=1):
            made = (
                _merge(upstream, files, 2 * number)
                if merged
                else upstream.commit(files, date=_day(2 * number))
            )
            commits.append(made)
        stops = data.draw(st.sets(st.sampled_from(commits[:-1])))
        known, old = {}, None
        for commit in [c for c in commits if c in stops] + commits[-1:]:
            known, old = arrivals(upstream.folder, old, commit, known), commit
        assert known == arrivals(upstream.folder, None, commits[-1], {})
        listed = run_git(upstream.folder, "ls-tree", "-r", "--name-only", commits[-1])
        assert sorted(known) == sorted(listed.split())


def test_a_picture_carries_the_days_it_came_and_last_changed(upstream: Upstream) -> None:
    upstream.commit({"a": b"1", "b": b"2"}, date=_day(0))
    upstream.commit({"a": b"3"}, date=_day(5))
    tip = upstream.commit({"c": b"4"}, date=_day(9))
    assert arrivals(upstream.folder, None, tip, {}) == {
        "a": Dates(_date(0), _date(5)),
        "b": Dates(_date(0), _date(0)),
        "c": Dates(_date(9), _date(9)),
    }


def test_a_rename_keeps_the_dates(upstream: Upstream) -> None:
    upstream.commit({"a": b"1"}, date=_day(0))
    tip = upstream.commit({"a": None, "moved/a": b"1"}, date=_day(5))
    assert arrivals(upstream.folder, None, tip, {}) == {"moved/a": Dates(_date(0), _date(0))}


def test_two_files_that_swap_names_are_seen_as_changed(upstream: Upstream) -> None:
    upstream.commit({"a": b"1", "b": b"2"}, date=_day(0))
    tip = upstream.commit({"a": b"2", "b": b"1"}, date=_day(5))
    dates = Dates(_date(0), _date(5))
    assert arrivals(upstream.folder, None, tip, {}) == {"a": dates, "b": dates}


def test_what_was_merged_came_on_the_day_of_the_merge(upstream: Upstream) -> None:
    upstream.commit({"a": b"1"}, date=_day(0))
    tip = _merge(upstream, {"b": b"2"}, 10)
    assert arrivals(upstream.folder, None, tip, {})["b"] == Dates(_date(10), _date(10))


def test_a_history_that_was_rewritten_is_dated_anew(upstream: Upstream) -> None:
    old = upstream.commit({"a": b"1"}, date=_day(0))
    run_git(upstream.folder, "update-ref", "-d", "refs/heads/master")
    tip = upstream.commit({"a": b"1"}, date=_day(7), message="again")
    known = {"a": Dates(_date(0), _date(0))}
    assert arrivals(upstream.folder, old, tip, known) == {"a": Dates(_date(7), _date(7))}


def test_a_commit_that_changes_nothing_changes_no_date(upstream: Upstream) -> None:
    upstream.commit({"a": b"1"}, date=_day(0))
    tip = upstream.commit({}, date=_day(3))
    assert arrivals(upstream.folder, None, tip, {}) == {"a": Dates(_date(0), _date(0))}


def test_a_date_that_cannot_be_is_no_date(upstream: Upstream) -> None:
    tip = upstream.commit({"a": b"1"}, date="@99999999999 +0000")
    assert arrivals(upstream.folder, None, tip, {}) == {"a": Dates(None, None)}
    assert history.date_of(upstream.folder, tip) is None


def test_odd_paths_are_dated_too(upstream: Upstream) -> None:
    tip = upstream.commit({"a\nb\udcff :x": b"1"}, date=_day(0))
    assert list(arrivals(upstream.folder, None, tip, {})) == ["a%0Ab%FF :x"]


def test_a_night_without_new_commits_keeps_the_dates(upstream: Upstream) -> None:
    tip = upstream.commit({"a": b"1"}, date=_day(0))
    known = arrivals(upstream.folder, None, tip, {})
    assert arrivals(upstream.folder, tip, tip, known) == known
