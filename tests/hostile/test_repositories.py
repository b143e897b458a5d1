"""Repositories that are no good: one sentence each, in the time of their source."""

import time
from pathlib import Path

import pytest

from flows.sandbox.clock import Clock
from flows.upstream import history, tree
from flows.upstream.advance import advance
from flows.upstream.clone import Clone
from flows.upstream.git import GitError
from flows.upstream.observe import Tip, observe
from flows.upstream.outcome import Advanced, Failure, Rejected
from tests.hostile import repositories
from tests.support.collection import SIMPLE, Collection
from tests.support.pictures import png
from tests.support.upstream import Upstream

SENTENCES = {
    "shallow": "it is a shallow copy of a repository, whose history is not complete; "
    "follow the original",
    "branch-is-a-tree": "its branch names a tree, and no commit",
    "branch-is-a-blob": "its branch names a blob, and no commit",
    "branch-is-a-tag-of-a-commit": "its branch names a tag, and no commit",
    "branch-is-a-tag-of-a-tree": "its branch names a tag, and no commit",
    "branch-is-a-tag-of-a-blob": "its branch names a tag, and no commit",
}
SENTENCES["without-a-parent"] = (
    "it lacks objects of its own history, so it cannot be copied; follow a complete copy, or ask "
    "its owner to repair it"
)
VALUES = (
    "tree-is-a-blob",
    "parent-is-a-tree",
    "folder-is-a-blob",
    "pipe-among-objects",
    "pipe-among-refs",
)


def _outcome(name: str, folder: Path, clock: Clock) -> object:
    upstream = repositories.make(name, folder)
    with clock.in_force():
        tip = observe(upstream.url, "master", protocols=["file"])
        if not isinstance(tip, Tip):
            return tip
        clone = Clone(folder / "clone.git", upstream.url, ("file",), clock=clock)
        answer = advance(clone, tip, None)
        if isinstance(answer, Advanced):
            try:
                list(tree.entries(clone.folder, tip.commit))
                history.arrivals(clone.folder, None, tip.commit, {})
            except GitError as error:
                return error
        return answer


@pytest.mark.parametrize("name", SENTENCES)
def test_what_is_no_whole_history_is_refused_in_one_sentence(name: str, tmp_path: Path) -> None:
    answer = _outcome(name, tmp_path, Clock(30))
    assert answer == Rejected(SENTENCES[name])


@pytest.mark.parametrize(
    "name",
    [pytest.param(one, marks=pytest.mark.slow if "pipe" in one else ()) for one in VALUES],
)
def test_what_cannot_be_read_is_a_value_within_its_time(name: str, tmp_path: Path) -> None:
    begun_s = time.monotonic()
    answer = _outcome(name, tmp_path, Clock(4))
    assert isinstance(answer, Failure | GitError), answer
    assert time.monotonic() - begun_s < 30


def test_a_history_that_lost_a_commit_on_the_way_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that lies can send a pack that lacks a commit; git itself does not look."""
    upstream = Upstream(tmp_path / "up.git")
    upstream.commit({"a": b"a"})
    upstream.commit({"b": b"b"})
    clone = Clone(tmp_path / "clone.git", upstream.url, ("file",))
    fetch = Clone._run_fetch

    def partly(self: Clone, *args: str, **options: object) -> None:
        fetch(self, *args, **options)  # type: ignore[arg-type]
        packs = [pack.read_bytes() for pack in self.folder.rglob("*.pack")]
        for file in (*self.folder.rglob("*.pack"), *self.folder.rglob("*.idx")):
            file.unlink()
        for pack in packs:
            repositories.git(self.folder, "unpack-objects", "-q", stdin=pack)
        lost = repositories.git(upstream.folder, "rev-parse", f"{upstream.tip()}~1").strip()
        (self.folder / "objects" / lost[:2] / lost[2:]).unlink()

    monkeypatch.setattr(Clone, "_run_fetch", partly)
    answer = advance(clone, Tip(upstream.tip(), "master"), None)
    assert isinstance(answer, Rejected)
    assert answer.reason.startswith("it lacks objects of its own history")
    assert not clone.folder.exists()


def test_a_bad_repository_does_not_end_the_night(tmp_path: Path) -> None:
    collection = Collection(tmp_path / "collection")
    good = Upstream(tmp_path / "good.git")
    good.commit({"images/a.png": png(1)})
    collection.source("good", SIMPLE.format(url=good.url))
    for name in (*SENTENCES, *(name for name in VALUES if "pipe" not in name)):
        bad = repositories.make(name, tmp_path)
        collection.source(name, SIMPLE.format(url=bad.url))
    report = collection.night()
    outcomes = {change.source.name: change.outcome for change in report.changes}
    assert all(isinstance(one, Failure) for name, one in outcomes.items() if name != "good")
    assert len(collection.records("good")) == 1
