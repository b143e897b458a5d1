"""The clone in the cache: history and trees, the blobs we read, and never a broken one."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from flows.sandbox.limits import Result
from flows.upstream import git, tree
from flows.upstream.advance import advance
from flows.upstream.clone import Clone
from flows.upstream.git import GitError
from flows.upstream.observe import Tip
from flows.upstream.outcome import Advanced, Renamed, Rewritten, Unreachable
from tests.support.upstream import Upstream
from tests.support.upstream import git as run_git


@pytest.fixture
def clone(upstream: Upstream, tmp_path: Path) -> Clone:
    """A clone that is not made yet."""
    return Clone(tmp_path / "cache" / "set.git", upstream.url, ("file",))


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Every git command that is run."""
    seen: list[tuple[str, ...]] = []
    run_git = git.run_git

    def counted(*args: str, **options: object) -> Result:
        seen.append(args)
        return run_git(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(git, "run_git", counted)
    return seen


def _held(clone: Clone) -> dict[str, str]:
    """List the objects of a clone and their types."""
    check = ("cat-file", "--batch-all-objects", "--batch-check=%(objectname) %(objecttype)")
    return dict(line.split() for line in run_git(clone.folder, *check).splitlines())


def _tip(upstream: Upstream) -> Tip:
    return Tip(upstream.tip(), upstream.branch)


def test_a_fetch_brings_history_and_trees_and_no_blob(clone: Clone, upstream: Upstream) -> None:
    upstream.commit({"images/a.png": b"a"})
    commit = upstream.commit({"images/b.png": b"b"})
    clone.fetch(_tip(upstream))
    assert sorted(_held(clone).values()) == ["commit"] * 2 + ["tree"] * 4
    paths = [entry.path for entry in tree.entries(clone.folder, commit)]
    assert paths == ["images/a.png", "images/b.png"]


def test_a_fetch_of_what_is_here_asks_nobody(clone: Clone, upstream: Upstream) -> None:
    upstream.commit({"a": b"a"})
    clone.fetch(_tip(upstream))
    shutil.rmtree(upstream.folder)
    clone.fetch(Tip(git.line("rev-parse", "refs/upstream/tip", folder=clone.folder), "master"))


def test_blobs_come_in_one_request_and_once(
    clone: Clone, upstream: Upstream, calls: list[tuple[str, ...]]
) -> None:
    upstream.commit({f"{n}.png": str(n).encode() for n in range(40)})
    clone.fetch(_tip(upstream))
    blobs = [upstream.blob(str(n).encode()) for n in range(30)]
    calls.clear()
    clone.fetch_blobs([*blobs, *blobs])
    assert [args[0] for args in calls].count("fetch") == 1
    assert {blob for blob, kind in _held(clone).items() if kind == "blob"} == set(blobs)
    calls.clear()
    clone.fetch_blobs(blobs)
    clone.fetch_blobs([])
    assert "fetch" not in [args[0] for args in calls]


def test_a_missing_blob_is_never_fetched_behind_our_back(clone: Clone, upstream: Upstream) -> None:
    upstream.commit({"a": b"a"})
    clone.fetch(_tip(upstream))
    with pytest.raises(GitError):
        git.call("cat-file", "blob", upstream.blob(b"a"), folder=clone.folder)
    assert "blob" not in _held(clone).values()


def test_a_blob_the_upstream_does_not_have_is_an_error(clone: Clone, upstream: Upstream) -> None:
    upstream.commit({"a": b"a"})
    clone.fetch(_tip(upstream))
    with pytest.raises(GitError):
        clone.fetch_blobs(["1" * 40])


def _truncate_packs(folder: Path) -> None:
    for pack in (folder / "objects" / "pack").iterdir():
        pack.chmod(0o644)
        pack.write_bytes(pack.read_bytes()[:20])


def _leave_locks(folder: Path) -> None:
    for name in ("HEAD.lock", "config.lock", "shallow.lock", "refs/upstream/tip.lock"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def _empty(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


def _lose_objects(folder: Path) -> None:
    shutil.rmtree(folder / "objects")


def _garble_config(folder: Path) -> None:
    (folder / "config").write_text("[broken\n", encoding="utf-8")


def _drop_one_tree(folder: Path) -> None:
    for pack in (folder / "objects" / "pack").glob("*.idx"):
        pack.unlink()


@pytest.mark.parametrize(
    "damage",
    [_truncate_packs, _leave_locks, _empty, _lose_objects, _garble_config, _drop_one_tree],
)
def test_a_broken_clone_is_made_anew(
    clone: Clone, upstream: Upstream, damage: Callable[[Path], None]
) -> None:
    upstream.commit({"a": b"a"})
    clone.fetch(_tip(upstream))
    damage(clone.folder)
    commit = upstream.commit({"b": b"b"})
    clone.fetch(_tip(upstream))
    clone.fetch_blobs([upstream.blob(b"a"), upstream.blob(b"b")])
    assert [entry.path for entry in tree.entries(clone.folder, commit)] == ["a", "b"]
    assert clone.contains(commit, ancestor=f"{commit}~1")


def test_a_clone_broken_since_the_last_night_is_made_anew_though_nothing_moved(
    clone: Clone, upstream: Upstream
) -> None:
    commit = upstream.commit({"a": b"a"})
    clone.fetch(_tip(upstream))
    _truncate_packs(clone.folder)
    clone.fetch(_tip(upstream))
    assert [entry.path for entry in tree.entries(clone.folder, commit)] == ["a"]


def test_nothing_half_made_is_left_behind(clone: Clone, upstream: Upstream) -> None:
    upstream.commit({"a": b"a"})
    clone.fetch(_tip(upstream))
    assert list(clone.folder.parent.iterdir()) == [clone.folder]


def test_the_way_from_the_pin_to_the_tip_is_a_value(clone: Clone, upstream: Upstream) -> None:
    pin = upstream.commit({"a": b"a"})
    tip = upstream.commit({"a": b"b"})
    assert advance(clone, _tip(upstream), pin) == Advanced(pin, tip)
    assert advance(clone, _tip(upstream), None) == Advanced(None, tip)
    renamed = Tip(tip, "master", renamed=True)
    assert advance(clone, renamed, pin) == Renamed(pin, tip, "master")


def test_a_tip_that_does_not_contain_the_pin_is_a_rewritten_history(
    clone: Clone, upstream: Upstream
) -> None:
    tip = upstream.commit({"a": b"a"})
    assert advance(clone, _tip(upstream), "1" * 40) == Rewritten("1" * 40, tip)


def test_an_upstream_that_does_not_answer_leaves_the_clone(
    clone: Clone, upstream: Upstream
) -> None:
    upstream.commit({"a": b"a"})
    clone.fetch(_tip(upstream))
    held = _held(clone)
    shutil.rmtree(upstream.folder)
    assert isinstance(advance(clone, Tip("2" * 40, "master"), None), Unreachable)
    assert _held(clone) == held


def test_a_branch_that_moves_back_while_we_look_is_said(clone: Clone, upstream: Upstream) -> None:
    upstream.commit({"a": b"a"})
    answer = advance(clone, Tip("2" * 40, "master"), None)
    assert answer == Unreachable("fatal: the branch moved while we were looking")


def test_work_that_meets_damage_is_done_again_on_a_new_clone(
    clone: Clone, upstream: Upstream, caplog: pytest.LogCaptureFixture
) -> None:
    upstream.commit({"a": b"a" * 100})
    tip = _tip(upstream)
    clone.fetch(tip)
    for pack in clone.folder.rglob("*.pack"):
        pack.chmod(0o600)
        pack.write_bytes(pack.read_bytes()[:40])
    found = clone.mending(
        lambda: list(tree.entries(clone.folder, tip.commit)), lambda fresh: fresh.fetch(tip)
    )
    assert [entry.path for entry in found] == ["a"]
    assert "was damaged" in caplog.text


def test_work_that_fails_while_nobody_answers_costs_no_clone(
    clone: Clone, upstream: Upstream
) -> None:
    upstream.commit({"a": b"a"})
    tip = _tip(upstream)
    clone.fetch(tip)
    held = _held(clone)
    shutil.rmtree(upstream.folder)
    with pytest.raises(GitError):
        clone.mending(lambda: clone.fetch_blobs(["1" * 40]), lambda fresh: fresh.fetch(tip))
    assert _held(clone) == held


@pytest.mark.parametrize("odd", ["file", "closed"])
def test_what_is_no_clone_at_all_is_replaced(clone: Clone, upstream: Upstream, odd: str) -> None:
    upstream.commit({"a": b"a"})
    if odd == "file":
        clone.folder.parent.mkdir()
        clone.folder.write_text("no folder", encoding="utf-8")
    else:
        (clone.folder / "deep").mkdir(parents=True)
        (clone.folder / "deep").chmod(0)
        clone.folder.chmod(0)
    clone.fetch(_tip(upstream))
    assert "commit" in _held(clone).values()
