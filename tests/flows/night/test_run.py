"""A night: what it finds, what it leaves alone, and what it never does twice."""

import random
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pytest

from covid19_images.manifest import splits, table
from flows.decoding import cache
from flows.night import context
from flows.night import read as read_stage
from flows.night.compare import stage as compare_stage
from flows.night.each import in_threads
from flows.sandbox.limits import Result
from flows.upstream import blobs, git
from flows.upstream.outcome import BranchGone, Gone, Rejected, Renamed, Rewritten, Unreachable
from tests.support.collection import SIMPLE, Collection, counts
from tests.support.pictures import encoded, picture, png
from tests.support.upstream import Upstream
from tests.support.upstream import git as run_git

T = TypeVar("T")


def begin(collection: Collection, upstream: Upstream) -> None:
    """Make a collection that has imported six pictures."""
    upstream.commit({f"images/{i}.png": png(i) for i in range(6)})
    collection.source("set", SIMPLE.format(url=upstream.url))
    collection.night()
    collection.merge()


def test_a_first_night_imports_everything(begun: Collection) -> None:
    records = begun.records("set", "main")
    assert sorted(records) == [f"images/{i}.png" for i in range(6)]
    assert {record.status for record in records.values()} == {"active"}
    assert run_git(begun.folder, "ls-tree", "main", "datasets/set").startswith("160000 commit ")
    assert "path = datasets/set" in begun.file(".gitmodules", "main")


def test_the_second_run_of_a_night_writes_nothing(begun: Collection, upstream: Upstream) -> None:
    upstream.commit({"images/new.png": png(99), "images/0.png": None})
    begun.night()
    before, pages = begun.objects(), _stamps(begun.pages)
    head = run_git(begun.folder, "rev-parse", "sync/datasets")
    report = begun.night()
    assert report.applied.action == "unchanged"
    assert begun.objects() == before
    assert _stamps(begun.pages) == pages
    assert run_git(begun.folder, "rev-parse", "sync/datasets") == head


def test_a_night_after_the_merge_has_nothing_to_propose(begun: Collection) -> None:
    before = begun.objects()
    report = begun.night()
    assert report.proposal is None
    assert begun.objects() == before


def _stamps(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}


def test_a_quiet_night_asks_where_upstream_is_and_nothing_else(
    begun: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    read: list[object] = []
    run_git = git.run_git

    def counted(*args: str, **options: object) -> Result:
        asked.append(args[0])
        return run_git(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr("flows.upstream.observe.run_git", counted)
    monkeypatch.setattr(git, "run_git", counted)
    monkeypatch.setattr(blobs, "read", lambda *args, **_: read.append(args))
    monkeypatch.setattr(read_stage, "decode", lambda *args, **_: read.append(args))
    begun.night()
    assert asked == ["ls-remote"]
    assert read == []


def test_a_fresh_machine_without_a_cache_decodes_only_what_is_new(
    begun: Collection, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(begun.cache)
    upstream.commit({"images/new.png": png(99)})
    decoded: list[str] = []
    decode = read_stage.decode

    def counted(clone: Path, wanted: Sequence[str], **options: object) -> object:
        decoded.extend(wanted)
        return decode(clone, wanted, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(read_stage, "decode", counted)
    begun.night()
    assert decoded == [upstream.blob(png(99))]


@pytest.mark.slow
def test_the_order_of_sources_and_files_does_not_show_in_the_result(tmp_path: Path) -> None:
    trees = set()
    for seed in range(3):
        shuffled = random.Random(seed)
        collection = Collection(tmp_path / str(seed) / "collection")
        for name in shuffled.sample(["a", "b", "c"], 3):
            upstream = Upstream(tmp_path / f"{seed}" / f"{name}.git")
            files = {f"images/{i}.png": png(i + ord(name) % 3) for i in range(5)}
            upstream.commit(dict(shuffled.sample(sorted(files.items()), 5)))
            # The same address for every seed: it is part of what is written.
            (tmp_path / f"{name}.git").unlink(missing_ok=True)
            (tmp_path / f"{name}.git").symlink_to(upstream.folder)
            text = SIMPLE.format(url=f"file://{tmp_path}/{name}.git")
            collection.source(name, text.replace("order = 1", f"order = {ord(name)}"))

        def shuffling(
            name: str,
            step: Callable[[str], T],
            sources: Sequence[str],
            order: random.Random = shuffled,
        ) -> list[T]:
            mixed = order.sample(list(sources), len(sources))
            done = dict(zip(mixed, in_threads(name, step, mixed), strict=True))
            return [done[source] for source in sources]

        collection.night(each=shuffling)
        trees.add(collection.tree())
    assert len(trees) == 1


def test_copies_within_and_across_sources_point_at_the_one_that_is_kept(
    collection: Collection, tmp_path: Path
) -> None:
    owner, collector = Upstream(tmp_path / "owner.git"), Upstream(tmp_path / "collector.git")
    original = picture(1, size=(320, 256))
    owner.commit({"images/x.png": encoded(original)})
    collector.commit(
        {
            "images/same.png": encoded(original),
            "images/other.bmp": encoded(original, "BMP"),
            "images/small.jpg": encoded(original.resize((160, 128)), "JPEG", quality=80),
            "images/poor.jpg": encoded(original, "JPEG", quality=40),
            "images/else.png": png(2),
        }
    )
    collection.source("owner", SIMPLE.format(url=owner.url))
    text = SIMPLE.format(url=collector.url).replace("order = 1", "order = 2")
    collection.source("collector", text)
    collection.night()
    found = {
        path: (record.duplicate_of, record.duplicate_kind)
        for path, record in collection.records("collector").items()
    }
    assert found == {
        "images/same.png": ("owner/images/x.png", "bytes"),
        "images/other.bmp": ("owner/images/x.png", "pixels"),
        "images/small.jpg": ("owner/images/x.png", "resized"),
        "images/poor.jpg": ("owner/images/x.png", "reencoded"),
        "images/else.png": (None, None),
    }
    assert collection.records("owner")["images/x.png"].duplicate_of is None


def test_blank_pictures_are_copies_of_nothing(collection: Collection, upstream: Upstream) -> None:
    blank = picture(0).point(lambda _: 7)
    upstream.commit({"images/a.png": encoded(blank), "images/b.bmp": encoded(blank, "BMP")})
    collection.source("set", SIMPLE.format(url=upstream.url))
    collection.night()
    assert all(record.duplicate_of is None for record in collection.records("set").values())


def test_what_is_gone_upstream_stays_as_a_tombstone(begun: Collection, upstream: Upstream) -> None:
    upstream.commit({"images/0.png": None}, date="2020-05-01T00:00:00Z")
    report = begun.night()
    assert counts(report, "set")["removed"] == 1
    gone = begun.records("set")["images/0.png"]
    assert gone.status == "withdrawn"
    assert gone.status_reason == "gone upstream since 2020-05-01"


def test_a_broken_file_is_refused_with_its_reason(begun: Collection, upstream: Upstream) -> None:
    upstream.commit({"images/broken.png": png(50)[:200], "images/text.png": b"hello\n"})
    begun.night()
    records = begun.records("set")
    for name in ("broken", "text"):
        assert records[f"images/{name}.png"].status == "refused"
        assert records[f"images/{name}.png"].status_reason
    assert begun.file("datasets/problems.csv").count(",refused,") == 2


def test_odd_entries_are_named_and_never_followed(begun: Collection, upstream: Upstream) -> None:
    upstream.commit(
        {
            "images/link.png": b"../../../etc/passwd",
            "images/module": b"1" * 40,
            "images/new\nline.png": png(3),
            "images/notes.txt": b"not listed anywhere",
            "elsewhere.dat": b"not listed anywhere",
        },
        modes={"images/link.png": "120000", "images/module": "160000"},
    )
    begun.night()
    problems = begun.file("datasets/problems.csv")
    assert "set,images/link.png,,symlink,a symlink; it is not followed" in problems
    assert "set,images/module,,submodule,a submodule; it is not followed" in problems
    assert "set,images/new%0Aline.png,,unsafe_path," in problems
    assert "set,elsewhere.dat,,unlisted_file," in problems
    assert "set,images/notes.txt,,refused," in problems
    assert "passwd" not in begun.file("datasets/manifest/set.csv")


def test_a_git_lfs_pointer_is_recorded_for_what_it_points_at(
    begun: Collection, upstream: Upstream
) -> None:
    oid = "a" * 64
    text = f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize 209715552\n"
    upstream.commit({"images/volume.nii": text.encode()})
    begun.night()
    record = begun.records("set")["images/volume.nii"]
    assert record.status == "pointer"
    assert f"sha256:{oid} (209,715,552 bytes)" in (record.status_reason or "")


def test_one_bad_source_never_stops_the_others(begun: Collection, tmp_path: Path) -> None:
    begun.source("away", SIMPLE.format(url=f"file://{tmp_path}/nothing.git"))
    begun.source("down", SIMPLE.format(url="https://127.0.0.1:9/x.git"))
    begun.source("odd", SIMPLE.format(url="ext::sh -c 'touch /tmp/x'".replace(" ", "%20")))
    good = Upstream(tmp_path / "good.git")
    good.commit({"images/g.png": png(7)})
    begun.source("good", SIMPLE.format(url=good.url))
    policy = begun.folder / "config" / "policy.toml"
    policy.write_text('protocols = ["file", "https"]\nhosts = ["127.0.0.1"]\n', encoding="utf-8")
    report = begun.night()
    kinds = {change.source.name: type(change.outcome) for change in report.changes}
    assert kinds["away"] is Gone
    assert kinds["down"] is Unreachable
    assert kinds["odd"] is Rejected
    assert sorted(begun.records("good")) == ["images/g.png"]


def test_a_source_that_vanished_keeps_its_rows(begun: Collection, upstream: Upstream) -> None:
    shutil.rmtree(upstream.folder)
    report = begun.night()
    assert isinstance(report.changes[0].outcome, Gone)
    assert report.proposal is None
    assert len(begun.records("set", "main")) == 6


def test_a_rewritten_history_is_said_and_held_for_a_person(
    begun: Collection, upstream: Upstream
) -> None:
    run_git(upstream.folder, "update-ref", "-d", "refs/heads/master")
    upstream.commit({f"images/{i}.png": png(i) for i in range(7)}, message="another history")
    report = begun.night()
    [change] = report.changes
    assert isinstance(change.outcome, Rewritten)
    assert report.proposal is not None
    assert "rewrote its history" in report.proposal.review_reasons[0]
    assert counts(report, "set")["new images"] == 1


def test_a_renamed_default_branch_is_followed_and_said(
    begun: Collection, upstream: Upstream
) -> None:
    begun.source("set", 'branch = "master"\n' + SIMPLE.format(url=upstream.url).lstrip())
    begun.night()
    begun.merge()
    run_git(upstream.folder, "branch", "-m", "master", "trunk")
    upstream.branch = "trunk"
    upstream.commit({"images/n.png": png(8)})
    [change] = begun.night().changes
    assert isinstance(change.outcome, Renamed)
    assert change.outcome.branch == "trunk"


def test_a_branch_that_is_gone_is_said(begun: Collection, upstream: Upstream) -> None:
    begun.source("set", 'branch = "other"\n' + SIMPLE.format(url=upstream.url).lstrip())
    run_git(upstream.folder, "symbolic-ref", "HEAD", "refs/heads/nowhere")
    [change] = begun.night().changes
    assert change.outcome == BranchGone("other", ("master",))


def test_a_large_drop_holds_the_proposal(begun: Collection, upstream: Upstream) -> None:
    upstream.commit({f"images/{i}.png": None for i in range(5)})
    report = begun.night()
    assert report.proposal is not None
    assert report.proposal.review_reasons == ("set: 5 of 6 images are gone upstream",)


def test_a_changed_configuration_describes_a_source_anew_without_decoding(
    begun: Collection, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(begun.cache)
    text = SIMPLE.format(url=upstream.url) + '[always]\nmodality = "CT"\n'
    begun.source("set", text)
    monkeypatch.setattr(
        read_stage,
        "decode",
        lambda _clone, wanted, **_: {} if not wanted else pytest.fail("decoded"),
    )
    report = begun.night()
    assert counts(report, "set")["relabelled"] == 6
    assert {record.modality for record in begun.records("set").values()} == {"CT"}


def test_a_person_who_works_on_the_branch_is_left_alone(
    begun: Collection, upstream: Upstream
) -> None:
    upstream.commit({"images/new.png": png(99)})
    begun.night()
    tree = begun.tree()
    mine = run_git(begun.folder, "commit-tree", tree, "-p", "sync/datasets", "-m", "mine").strip()
    run_git(begun.folder, "update-ref", "refs/heads/sync/datasets", mine)
    upstream.commit({"images/newer.png": png(98)})
    report = begun.night()
    assert report.applied.action == "left_alone"
    assert run_git(begun.folder, "rev-parse", "sync/datasets").strip() == mine


def test_a_proposal_that_upstream_took_back_is_withdrawn(
    begun: Collection, upstream: Upstream
) -> None:
    before = upstream.tip()
    upstream.commit({"images/new.png": png(99)})
    begun.night()
    upstream.reset(before)
    report = begun.night()
    assert report.applied.action == "withdrawn"
    assert not run_git(begun.folder, "branch", "--list", "sync/datasets")


def test_a_picture_that_cannot_be_looked_at_again_is_compared_when_it_can(
    begun: Collection, upstream: Upstream, tmp_path: Path
) -> None:
    shutil.rmtree(begun.cache)
    away = upstream.folder.rename(tmp_path / "away.git")
    other = Upstream(tmp_path / "other.git")
    other.commit({"images/copy.jpg": encoded(picture(3), "JPEG", quality=90)})
    begun.source("other", SIMPLE.format(url=other.url))
    begun.night()
    assert begun.file("datasets/problems.csv").count(",not_compared,") == 6
    begun.merge()
    away.rename(upstream.folder)
    upstream.commit({"images/new.png": png(97)})
    begun.night()
    assert ",not_compared," not in begun.file("datasets/problems.csv")
    pairs = begun.file("datasets/duplicates.csv")
    assert "other/images/copy.jpg,set/images/3.png,reencoded" in pairs


def test_a_source_whose_state_was_deleted_is_imported_anew(
    begun: Collection, upstream: Upstream
) -> None:
    rows = begun.file("datasets/sources.csv", "main").splitlines()[:1]
    (begun.folder / "datasets").mkdir()
    (begun.folder / "datasets" / "sources.csv").write_text("\n".join([*rows, ""]), encoding="utf-8")
    run_git(begun.folder, "reset", "--quiet")
    run_git(begun.folder, "add", "datasets/sources.csv")
    run_git(begun.folder, "commit", "--quiet", "-m", "describe the set anew")
    upstream.commit({"images/new.png": png(99)})
    report = begun.night()
    assert report.changes[0].old is None
    assert len(begun.records("set")) == 7


def test_a_late_link_quarantines_and_the_proposal_says_so(
    begun: Collection, upstream: Upstream
) -> None:
    sides = {record.split: path for path, record in begun.records("set", "main").items()}
    train, test = sides["train"], sides["test"]
    ledger = begun.file("datasets/splits.csv", "main")
    decisions = begun.folder / "config" / "decisions.toml"
    words = f'[[pairs]]\na = "set/{train}"\nb = "set/{test}"\nverdict = "same"\n'
    decisions.write_text(f'{words}by = "me"\ndate = 2020-05-01\n', encoding="utf-8")
    report = begun.night()
    assert report.proposal is not None
    row = begun.records("set")[train]
    why = f"placed in train, then linked with set/{test}, which is in test"
    assert (row.status, row.split, row.split_reason) == ("quarantined", "none", why)
    assert f"Quarantined `set/{train}`: `{why}`" in report.proposal.body
    assert f"Quarantined `set/{train}`" in begun.file("datasets/CHANGES.md")
    assert begun.file("datasets/splits.csv") == ledger
    begun.merge()
    upstream.commit({"images/later.png": png(77)})
    begun.night()
    assert begun.records("set")[train].status == "quarantined"
    assert begun.records("set")["images/later.png"].split in ("train", "validation", "test")


def test_a_collection_from_before_there_were_splits_gets_them(begun: Collection) -> None:
    rows = begun.records("set", "main").values()
    plain = table.dumps(splits.without_quarantine(row) for row in rows)
    (begun.folder / "datasets/manifest").mkdir(parents=True)
    (begun.folder / "datasets/manifest/set.csv").write_text(plain, encoding="utf-8")
    run_git(begun.folder, "reset", "--quiet")
    run_git(begun.folder, "rm", "--quiet", "--cached", "datasets/splits.csv")
    run_git(begun.folder, "add", "datasets/manifest/set.csv")
    run_git(begun.folder, "commit", "--quiet", "-m", "no splits")
    assert begun.night().proposal is not None
    assert all(row.split for row in begun.records("set").values())
    assert begun.file("datasets/splits.csv").count("\n") == 7


def test_a_file_that_older_decoders_refused_is_tried_again_and_nothing_else(
    collection: Collection, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = b"a format that nobody reads yet"
    upstream.commit({"images/0.png": png(0), "images/odd.png": odd})
    collection.source("set", SIMPLE.format(url=upstream.url))
    collection.night()
    collection.merge()
    assert collection.records("set")["images/odd.png"].status == "refused"
    assert collection.night().proposal is None
    for module in (context, read_stage, compare_stage, cache):
        monkeypatch.setattr(module, "DECODER_SET", cache.DECODER_SET + 1)
    tried: list[str] = []
    decode = read_stage.decode

    def counted(clone: Path, wanted: Sequence[str], **options: Any) -> Any:
        tried.extend(wanted)
        return decode(clone, wanted, **options)

    monkeypatch.setattr(read_stage, "decode", counted)
    assert collection.night().proposal is not None
    collection.merge()
    assert tried == [upstream.blob(odd)]
    assert collection.night().proposal is None
    assert tried == [upstream.blob(odd)]
