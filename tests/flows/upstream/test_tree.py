"""Trees and their differences: what is there, what it is, and what became of it."""

from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.upstream import git, tree
from flows.upstream.tree import Entry, RawDiff, TreeDiff, pair_renames, printable, unsafe
from tests.support.upstream import Upstream

PATHS = st.sampled_from([f"{folder}/{name}" for folder in "pqr" for name in "abcd"])
TREES = st.dictionaries(PATHS, st.sampled_from("123"), max_size=9)


def _diff(before: dict[str, str], after: dict[str, str]) -> RawDiff:
    return RawDiff(
        added=[Entry(path, after[path]) for path in after.keys() - before.keys()],
        removed=[Entry(path, before[path]) for path in before.keys() - after.keys()],
        modified=[
            (Entry(path, before[path]), Entry(path, after[path]))
            for path in before.keys() & after.keys()
            if before[path] != after[path]
        ],
    )


@given(TREES, TREES)
def test_every_path_that_came_or_went_is_in_exactly_one_class(
    before: dict[str, str], after: dict[str, str]
) -> None:
    raw = _diff(before, after)
    paired = pair_renames(raw)
    result = [*paired.added, *(new for _, new in paired.renamed)]
    went = [*paired.removed, *(old for old, _ in paired.renamed)]
    assert sorted(result) == sorted(raw.added)
    assert sorted(went) == sorted(raw.removed)
    assert all(old.blob == new.blob for old, new in paired.renamed)


@given(TREES, TREES)
def test_no_rename_is_missed(before: dict[str, str], after: dict[str, str]) -> None:
    paired = pair_renames(_diff(before, after))
    left = {entry.blob for entry in paired.removed} & {entry.blob for entry in paired.added}
    assert not left


@given(TREES, TREES, st.randoms())
def test_the_order_of_a_difference_does_not_matter(
    before: dict[str, str], after: dict[str, str], random: Random
) -> None:
    one, other = _diff(before, after), _diff(before, after)
    random.shuffle(other.added)
    random.shuffle(other.removed)
    assert pair_renames(one) == pair_renames(other)


def test_copies_that_move_together_keep_their_base_names() -> None:
    old = {"x/a.png": "1", "x/b.png": "1"}
    new = {"y/b.png": "1", "z/a.png": "1"}
    renamed = {was.path: now.path for was, now in pair_renames(_diff(old, new)).renamed}
    assert renamed == {"x/a.png": "z/a.png", "x/b.png": "y/b.png"}


def test_one_of_several_copies_that_goes_is_a_removal() -> None:
    diff = pair_renames(_diff({"a": "1", "b": "1"}, {"b": "1"}))
    assert diff == TreeDiff(removed=(Entry("a", "1"),))


def test_a_link_that_takes_a_files_place_is_no_rename() -> None:
    diff = RawDiff(added=[Entry("b", "1", "symlink")], removed=[Entry("a", "1")])
    assert not pair_renames(diff).renamed


def test_a_tree_is_listed_with_what_each_entry_is(upstream: Upstream) -> None:
    commit = upstream.commit(
        {"images/a b.png": b"a", "run.sh": b"x", "link": b"../../etc/passwd", "sub": b"1" * 40},
        modes={"run.sh": "100755", "link": "120000", "sub": "160000"},
    )
    kinds = {entry.path: entry.kind for entry in tree.entries(upstream.folder, commit)}
    assert kinds == {
        "images/a b.png": "file",
        "run.sh": "file",
        "link": "symlink",
        "sub": "submodule",
    }


def _compared(folder: Path, old: str, new: str) -> tree.TreeDiff:
    args = ("diff-tree", "--raw", "-z", "-r", "--no-renames", old, new)
    return tree.pair_renames(tree.parse_raw(git.call(*args, folder=folder)))


def test_two_commits_are_compared(upstream: Upstream) -> None:
    old = upstream.commit({"keep": b"k", "move": b"m", "edit": b"1", "drop": b"d"})
    new = upstream.commit(
        {"moved/move": b"m", "move": None, "edit": b"2", "drop": None, "new": b"n"}
    )
    diff = _compared(upstream.folder, old, new)
    assert [entry.path for entry in diff.added] == ["new"]
    assert [entry.path for entry in diff.removed] == ["drop"]
    assert [(a.path, b.path) for a, b in diff.renamed] == [("move", "moved/move")]
    assert [(a.path, b.blob) for a, b in diff.modified] == [("edit", upstream.blob(b"2"))]


def test_a_file_that_becomes_a_link_is_a_modification(upstream: Upstream) -> None:
    old = upstream.commit({"a": b"x"})
    new = upstream.commit({"a": b"x"}, modes={"a": "120000"})
    [(was, now)] = _compared(upstream.folder, old, new).modified
    assert (was.kind, now.kind, was.blob) == ("file", "symlink", now.blob)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"images/\xff.png", "the path is not UTF-8"),
        (b"images/a\nb.png", "the path has control or invisible characters"),
        ("images/\u202egnp.a".encode(), "the path has control or invisible characters"),
        ("images/\u200b.png".encode(), "the path has control or invisible characters"),
        (b"../a.png", "the path leads out of its folder"),
        (b"/etc/passwd", "the path leads out of its folder"),
        (b"a/./b", "the path leads out of its folder"),
        (b"a//b", "the path leads out of its folder"),
        (b"a/.GIT/config", "the path leads out of its folder"),
        (b"a\\..\\b", "the path leads out of its folder"),
        ("images/e\u0301.png".encode(), "the path is not in Unicode normal form"),
    ],
)
def test_a_path_that_must_not_be_used_says_why(raw: bytes, why: str) -> None:
    assert unsafe(raw) == why


@pytest.mark.parametrize("path", ["images/a b.png", "é.png", ".gitignore", "a...b", "x/..y/z"])
def test_odd_but_harmless_paths_are_used(path: str) -> None:
    assert unsafe(path.encode()) is None
    assert printable(path.encode()) == path


@given(st.binary(min_size=1))
def test_any_path_can_be_written_into_a_table(raw: bytes) -> None:
    text = printable(raw)
    assert text.isprintable()
    assert text.encode()


def test_odd_paths_come_through_git_as_they_are(upstream: Upstream) -> None:
    odd = "images/\udcff\t\n\"'é.png"
    commit = upstream.commit({odd: b"x"})
    [entry] = tree.entries(upstream.folder, commit)
    assert entry.path == "images/%FF%09%0A\"'é.png"
    assert entry.unsafe == "the path is not UTF-8"


def test_a_large_folder_is_listed_whole(upstream: Upstream) -> None:
    commit = upstream.commit(dict.fromkeys((f"images/{n}.png" for n in range(300)), b"x"))
    assert sum(1 for _ in tree.entries(upstream.folder, commit)) == 300
