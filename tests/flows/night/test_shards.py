"""A night with many rows comes to what one with CSV comes to, and says when their files change."""

from pathlib import Path

from covid19_images.manifest import shards
from flows.collection import manifest_files
from flows.collection.checkout import Checkout
from flows.collection.histories import histories
from flows.collection.row_history import history
from flows.collection.state import State
from tests.support.collection import SIMPLE, Collection
from tests.support.pictures import encoded, picture, png
from tests.support.upstream import Upstream, git

FOLDER = "datasets/manifest/set"
FILES = {f"images/{i}.png": png(i) for i in range(8)} | {
    "images/copy.jpg": encoded(picture(1), "JPEG", quality=90),
    "images/ünder “score”, 9.png": png(9),
}


def limit(collection: Collection, csv_rows: int) -> None:
    """Let a source with more rows be shards of about two."""
    file = collection.folder / "config" / "policy.toml"
    kept = file.read_text(encoding="utf-8").partition("[manifest]")[0]
    new = f"{kept}[manifest]\ncsv_rows = {csv_rows}\nshard_rows = 2\n"
    file.write_text(new, encoding="utf-8")


def begin(collection: Collection, upstream: Upstream) -> None:
    """A first night over ten pictures, with shards from six rows on."""
    upstream.commit(FILES)
    collection.source("set", SIMPLE.format(url=upstream.url))
    limit(collection, 5)
    collection.night()
    collection.merge()


def _state(collection: Collection, branch: str = "main") -> State:
    checkout = Checkout(collection.folder)
    return checkout.state(checkout.base(branch))


def _files(collection: Collection, branch: str) -> set[str]:
    listed = git(collection.folder, "ls-tree", "-r", "--name-only", branch, "datasets/manifest/")
    return set(listed.split())


def _differing(collection: Collection) -> set[str]:
    span = ("main", "sync/datasets", "--", "datasets/manifest")
    return set(git(collection.folder, "diff", "--name-only", *span).split())


def test_shards_hold_what_csv_holds(begun: Collection, upstream: Upstream, tmp_path: Path) -> None:
    other = Collection(tmp_path / "other")
    other.source("set", SIMPLE.format(url=upstream.url))
    other.night()
    small, large = _state(other, "sync/datasets"), _state(begun)
    assert _files(other, "sync/datasets") == {f"{FOLDER}.csv"}
    index = large.shards["set"]
    assert len(index) > 1
    names = [shards.INDEX, *(shard.file for shard in index)]
    assert _files(begun, "main") == {f"{FOLDER}/{name}" for name in names}
    assert large.records == small.records
    assert len(large.records["set"]) == len(FILES)
    assert [pair for pair in large.pairs if pair.kind != "undecided"]
    for name in ("pairs", "ledger", "problems", "described", "pins", "conflicts", "volumes"):
        assert getattr(large, name) == getattr(small, name)
    changes = [one.file("datasets/CHANGES.md") for one in (begun, other)]
    words = "### Files of the manifest\n\n- `set` has 10 rows: they are Parquet files"
    assert words in changes[0]
    assert changes[0].partition("### Files of the manifest")[0].strip() in changes[1]


def test_the_second_night_writes_nothing(begun: Collection) -> None:
    before = begun.objects()
    assert begun.night().proposal is None
    assert begun.objects() == before


def test_a_picture_more_touches_one_shard(begun: Collection, upstream: Upstream) -> None:
    upstream.commit({"images/3b.png": png(77)})
    begun.night()
    changed = _differing(begun)
    assert f"{FOLDER}/{shards.INDEX}" in changed
    before, after = (_files(begun, branch) for branch in ("main", "sync/datasets"))
    written = {name for name in changed if name.endswith(".parquet") and name in after}
    assert written
    assert len(written) + len(before - after) <= 2  # a shard that is cut in two becomes two
    assert "images/3b.png" in {row.path for row in _state(begun, "sync/datasets").records["set"]}


def test_it_grows_into_shards_and_back_in_one_proposal(
    begun: Collection, upstream: Upstream
) -> None:
    rows = _state(begun).records["set"]
    limit(begun, 100)
    upstream.commit({"images/new.png": png(50)})
    begun.night()
    assert _files(begun, "sync/datasets") == {f"{FOLDER}.csv"}
    assert "- `set` has 11 rows: they are in `datasets/manifest/set.csv` again." in begun.file(
        "datasets/CHANGES.md"
    )
    assert set(rows) < set(_state(begun, "sync/datasets").records["set"])
    begun.merge()
    limit(begun, 11)
    assert begun.night().proposal is None
    upstream.commit({"images/newer.png": png(51)})
    report = begun.night()
    assert f"{FOLDER}.csv" not in _files(begun, "sync/datasets")
    assert report.proposal
    assert "## Files of the manifest" in report.proposal.body
    assert report.proposal.deleted == (f"{FOLDER}.csv",)


def test_a_source_that_leaves_its_name_leaves_no_shard(
    begun: Collection, upstream: Upstream
) -> None:
    (begun.folder / "config" / "sources" / "set.toml").unlink()
    begun.source("other", SIMPLE.format(url=upstream.url))
    begun.night()
    assert {manifest_files.source_of(name) for name in _files(begun, "sync/datasets")} == {"other"}
    assert len(_state(begun, "sync/datasets").records["other"]) == len(FILES)


def test_history_goes_through_both_forms(begun: Collection, upstream: Upstream) -> None:
    upstream.commit({"images/3.png": None, "images/moved.png": FILES["images/3.png"]})
    begun.night()
    begun.merge()
    limit(begun, 100)
    upstream.commit({"images/5.png": png(55)})
    begun.night()
    begun.merge()
    checkout = Checkout(begun.folder)
    repo, base = checkout.repo, checkout.base("main")
    every = histories(repo, base)
    for path, acts in (
        ("images/moved.png", ["added", "renamed"]),
        ("images/5.png", ["added", "changed"]),
        ("images/7.png", ["added"]),
    ):
        assert [one.act for one in history(repo, base, "set", path).events] == acts
        assert [one.act for one in every.rows[f"set/{path}"]] == acts
