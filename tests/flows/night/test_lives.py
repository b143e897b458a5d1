"""The life of a source: it is added, narrowed, renamed, removed, and comes back."""

import csv
from collections.abc import Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from flows.cli.app import app
from flows.collection.checkout import Checkout
from flows.collection.row_history import history
from flows.night.reporting.console import lines
from flows.proposal.modules import urls
from flows.upstream.identity import Identity
from tests.support.collection import SIMPLE, Collection
from tests.support.pictures import png
from tests.support.put_back import put_back
from tests.support.upstream import Upstream, git

LABELLED = (
    SIMPLE
    + """
[[paths]]
match = '(?P<patient>p[0-9])-'
"""
)
PICTURES: Mapping[str, range] = {"owner": range(6), "merge": range(2, 8), "other": range(4, 5)}


def _serve(folder: Path) -> None:
    for name, pictures in PICTURES.items():
        upstream = Upstream(folder / f"{name}.git")
        upstream.commit({f"images/p{i // 2}-{i}.png": png(i) for i in pictures})


def _begin(folder: Path) -> None:
    _serve(folder)
    collection = Collection(folder / "collection")
    for order, name in enumerate(PICTURES, 1):
        url = Upstream(folder / f"{name}.git").url
        text = LABELLED.format(url=url).replace("order = 1", f"order = {order}")
        collection.source(name, text)
    collection.night()
    collection.merge()


@pytest.fixture
def upstreams(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Upstream]:
    begins = _begin if "begun" in request.fixturenames else _serve
    folder = put_back(tmp_path_factory, begins)
    return {name: Upstream(folder / f"{name}.git") for name in PICTURES}


@pytest.fixture
def begun(upstreams: dict[str, Upstream]) -> Collection:
    """A collection in which half of what `merge` has is a copy of the owner's."""
    return Collection(upstreams["owner"].folder.parent / "collection")


def toml(collection: Collection, name: str) -> Path:
    return collection.folder / "config" / "sources" / f"{name}.toml"


def ask(collection: Collection, *words: str) -> Result:
    return CliRunner().invoke(app, [*words, "--checkout", str(collection.folder)])


def problems(collection: Collection, ref: str) -> list[dict[str, str]]:
    if "datasets/problems.csv" not in git(collection.folder, "ls-tree", "-r", ref):
        return []
    return list(csv.DictReader(collection.file("datasets/problems.csv", ref).splitlines()))


def test_a_source_without_configuration_is_retired_in_the_same_night(begun: Collection) -> None:
    toml(begun, "owner").unlink()
    report = begun.night()
    proposal = report.proposal
    assert proposal is not None
    [words] = [line for line in lines(report) if line.startswith("owner")]
    assert words == (
        "owner  no longer configured: 6 images withdrawn, 4 pictures handed back to other sources:"
        " 6 removed"
    )
    assert proposal.title == "1 source retired: 6 removed"
    [why] = proposal.review_reasons
    assert "put config/sources/owner.toml back" in why
    assert "owner" not in git(begun.folder, "ls-tree", "sync/datasets", "datasets/")
    assert sorted(urls(begun.file(".gitmodules"))) == ["merge", "other"]
    assert "\nowner," not in begun.file("datasets/sources.csv")
    assert "owner/" not in begun.file("datasets/duplicates.csv")
    rows = begun.records("owner").values()
    assert {(r.status, r.status_reason) for r in rows} == {("withdrawn", "no longer configured")}
    assert [r.duplicate_of for r in begun.records("merge").values()] == [None] * 6
    assert "no longer configured" in begun.file("datasets/CHANGES.md")
    begun.merge()
    assert begun.night().proposal is None


def test_problems_of_a_retired_source_are_no_problems_any_more(
    begun: Collection, upstreams: dict[str, Upstream]
) -> None:
    upstreams["owner"].commit({"stray.txt": b"?"})
    begun.night()
    begun.merge()
    assert [line["source"] for line in problems(begun, "main")] == ["owner"]
    toml(begun, "owner").unlink()
    begun.night()
    assert problems(begun, "sync/datasets") == []


def test_status_and_doctor_say_what_the_next_night_does_to_it(begun: Collection) -> None:
    toml(begun, "owner").unlink()
    toml(begun, "merge").rename(toml(begun, "merged"))
    status = ask(begun, "status", "--offline").output
    assert "owner  no longer configured; the next night withdraws its 6 images" in status
    assert "called merge before" in status
    doctor = ask(begun, "doctor").output
    assert "look  source owner: no longer configured" in doctor
    assert "look  source merged: called merge in the collection" in doctor


def test_a_source_that_comes_back_is_as_it_was(begun: Collection) -> None:
    before, text = begun.records("owner", "main"), toml(begun, "owner").read_text(encoding="utf-8")
    ledger = begun.file("datasets/splits.csv", "main")
    toml(begun, "owner").unlink()
    begun.night()
    begun.merge()
    toml(begun, "owner").write_text(text, encoding="utf-8")
    report = begun.night()
    [change] = [change for change in report.changes if change.source.name == "owner"]
    assert change.says == "first import"
    assert begun.records("owner") == before
    assert begun.file("datasets/splits.csv") == ledger


def test_a_renamed_source_carries_over_rows_splits_groups_decisions_and_history(
    begun: Collection,
) -> None:
    decisions = begun.folder / "config" / "decisions.toml"
    decisions.write_text(
        '# ours\n[[pairs]]\na = "merge/images/p1-2.png"\nb = "owner/images/p1-2.png"\n'
        'verdict = "different"\nby = "ada"\ndate = 2026-01-01\n\n'
        '[[exclude]]\nimage = "merge/images/p3-7.png"\nreason = "owner"\ndate = 2026-01-01\n'
        'by = "ada"\n',
        encoding="utf-8",
    )
    git(begun.folder, "reset", "--quiet", "--mixed")
    git(begun.folder, "add", "config/decisions.toml")
    git(begun.folder, "commit", "--quiet", "-m", "decide")
    begun.night()
    begun.merge()
    before = begun.records("merge", "main")
    ledger, pairs = (begun.file(f"datasets/{n}.csv", "main") for n in ("splits", "duplicates"))
    toml(begun, "merge").rename(toml(begun, "a-merge"))

    report = begun.night()

    assert report.headline == "1 source renamed: no image changed"
    [words] = [line for line in lines(report) if line.startswith("a-merge")]
    assert words == "a-merge  called merge before, its rows are carried over; unchanged (6 images)"
    now = begun.records("a-merge")
    columns = ("image_id", "status", "group", "split", "first_seen", "duplicate_of")
    assert {path: [getattr(row, name) for name in columns] for path, row in now.items()} == {
        path: [getattr(row, name) for name in columns] for path, row in before.items()
    }
    assert begun.file("datasets/splits.csv") == ledger
    renamed = begun.file("datasets/duplicates.csv").count("a-merge/")
    assert renamed == pairs.count("merge/")
    assert 'a = "a-merge/images/p1-2.png"' in begun.file("config/decisions.toml")
    assert begun.file("config/decisions.toml").startswith("# ours\n")
    manifests = git(begun.folder, "ls-tree", "--name-only", "sync/datasets", "datasets/manifest/")
    assert "datasets/manifest/merge.csv" not in manifests.split()
    begun.merge()
    git(begun.folder, "reset", "--quiet", "--hard")
    assert begun.night().proposal is None
    opened = Checkout(begun.folder)
    past = history(opened.repo, opened.base("main"), "a-merge", "images/p1-3.png")
    assert [event.act for event in past.events] == ["added", "renamed"]


def test_a_source_is_recognised_by_its_repository_where_its_address_changed_too(
    collection: Collection, upstreams: dict[str, Upstream], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.night.observe.whose", lambda *_, **__: Identity(7, 8, "who/ever"))
    upstream = upstreams["owner"]
    collection.source("owner", LABELLED.format(url=upstream.url))
    collection.night()
    collection.merge()
    moved = upstream.folder.with_name("moved.git")
    upstream.folder.rename(moved)
    toml(collection, "owner").unlink()
    collection.source("renamed", LABELLED.format(url=f"file://{moved}"))
    report = collection.night()
    assert report.headline == "1 source renamed: no image changed"
    assert report.changes[0].formerly == "owner"


def test_two_sources_never_swap_their_rows(begun: Collection) -> None:
    """A name that is configured is never an old one, whatever it points at."""
    one, other = toml(begun, "owner"), toml(begun, "merge")
    text = one.read_text(encoding="utf-8")
    one.write_text(other.read_text(encoding="utf-8").replace("order = 2", "order = 1"), "utf-8")
    other.write_text(text.replace("order = 1", "order = 2"), encoding="utf-8")
    report = begun.night()
    assert all(change.formerly is None for change in report.changes)


def test_what_is_ignored_now_is_no_longer_taken_and_not_gone_upstream(
    begun: Collection, upstreams: dict[str, Upstream]
) -> None:
    wide = toml(begun, "owner").read_text(encoding="utf-8")
    narrow = wide.replace('images = ["/images/"]', 'images = ["/images/"]\nignore = ["*-5.png"]')
    toml(begun, "owner").write_text(narrow, encoding="utf-8")
    report = begun.night()
    row = begun.records("owner")["images/p2-5.png"]
    assert (row.status, row.status_reason) == ("withdrawn", "no longer taken: configuration")
    assert "`images/p2-5.png`: no longer taken: configuration" in begun.file("datasets/CHANGES.md")
    assert begun.records("merge")["images/p2-5.png"].duplicate_of is None
    assert report.headline == "Described anew: 1 removed"
    [words] = [line for line in lines(report) if line.startswith("owner")]
    assert words == "owner  unchanged; its configuration leaves out 1 image (5 images): 1 removed"
    begun.merge()
    assert begun.night().proposal is None

    upstreams["owner"].commit({"images/p2-5.png": None}, date="2020-03-18T12:00:00Z")
    begun.night()
    gone = begun.records("owner")["images/p2-5.png"].status_reason
    assert gone == "gone upstream since 2020-03-18"
    begun.merge()

    upstreams["owner"].commit({"images/p2-5.png": png(5)}, date="2020-03-19T12:00:00Z")
    toml(begun, "owner").write_text(wide, encoding="utf-8")
    begun.night()
    assert begun.records("owner")["images/p2-5.png"].status == "active"
    assert begun.records("merge")["images/p2-5.png"].duplicate_of == "owner/images/p2-5.png"


def test_a_first_import_over_an_existing_pin_is_no_rewritten_history(
    collection: Collection, upstream: Upstream
) -> None:
    upstream.commit({"images/0.png": png(0)})
    collection.source("set", SIMPLE.format(url=upstream.url))
    git(
        collection.folder, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},datasets/set"
    )
    git(collection.folder, "commit", "--quiet", "-m", "pin it")
    [change] = collection.night().changes
    assert change.says == "first import"
    assert change.review_reason is None


def test_remove_and_rename_do_what_people_would_do_by_hand(begun: Collection) -> None:
    decisions = begun.folder / "config" / "decisions.toml"
    decisions.write_text(
        f'[[pin]]\nsource = "owner"\ncommit = "{"1" * 40}"\nby = "ada"\ndate = 2026-01-01\n\n'
        '[[exclude]]\nimage = "other/images/p2-4.png"\nreason = "owner"\ndate = 2026-01-01\n'
        'by = "ada"\n',
        encoding="utf-8",
    )
    done = ask(begun, "sources", "remove", "owner")
    assert done.exit_code == 0, done.output
    assert "withdraws 6 images" in done.output
    assert "of 4 pictures another source has a copy" in done.output  # the night hands back as many
    assert not toml(begun, "owner").exists()
    assert "pin" not in decisions.read_text(encoding="utf-8")
    done = ask(begun, "sources", "rename", "other", "another")
    assert done.exit_code == 0, done.output
    assert 'image = "another/images/p2-4.png"' in decisions.read_text(encoding="utf-8")
    for words in (["remove", "owner"], ["rename", "another", "merge"], ["rename", "x", "../y"]):
        done = ask(begun, "sources", *words)
        assert done.exit_code == 2, done.output
        assert "Traceback" not in done.output


def test_the_only_source_is_not_removed(begun: Collection) -> None:
    for name in ("merge", "other"):
        assert ask(begun, "sources", "remove", name).exit_code == 0
    done = ask(begun, "sources", "remove", "owner")
    assert done.exit_code == 2
    assert "owner is the only source" in done.output
    assert toml(begun, "owner").exists()


def test_a_pin_of_a_source_that_is_gone_says_which_command_helps(begun: Collection) -> None:
    decisions = begun.folder / "config" / "decisions.toml"
    text = f'[[pin]]\nsource = "owner"\ncommit = "{"1" * 40}"\nby = "a"\ndate = 2026-01-01\n'
    decisions.write_text(text, encoding="utf-8")
    toml(begun, "owner").unlink()
    done = ask(begun, "status", "--offline")
    assert done.exit_code == 2
    assert "python -m flows sources remove owner" in done.output
    assert ask(begun, "sources", "remove", "owner").exit_code == 0
    assert ask(begun, "status", "--offline").exit_code == 0
