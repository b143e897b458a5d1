"""Nights in which two sources say what cannot both be true of one picture."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks.statements import measured
from covid19_images.manifest.statements.conflicts import Conflict, loads
from tests.flows.cli.test_commands import bot
from tests.support.collection import SIMPLE, Collection
from tests.support.pictures import encoded, picture, png
from tests.support.upstream import Upstream, git

PICTURE = picture(1, size=(320, 256))
TABLE = """
[[tables]]
files = ["t.csv"]
path = "images/{file}"
[tables.fields]
finding = ["finding"]
"""
DECIDED = """
[[finding]]
image = "merge/images/copy.jpg"
value = "COVID-19"
by = "a radiologist"
date = 2026-11-23
"""


@pytest.fixture
def shared(tmp_path: Path) -> tuple[Collection, Upstream]:
    """An owner and a merge that has copied a picture with its finding; the owner's upstream."""
    collection = Collection(tmp_path / "collection")
    owner, merge = Upstream(tmp_path / "owner.git"), Upstream(tmp_path / "merge.git")
    owner.commit(
        {"images/1.png": encoded(PICTURE), "images/2.png": png(2), "t.csv": _table("1.png")}
    )
    merge.commit(
        {"images/copy.jpg": encoded(PICTURE, "JPEG", quality=80), "t.csv": _table("copy.jpg")}
    )
    for name, one, order in (("owner", owner, 5), ("merge", merge, 50)):
        text = SIMPLE.format(url=one.url).replace("order = 1", f"order = {order}")
        collection.source(name, text + TABLE)
    collection.night()
    collection.merge()
    return collection, owner


def _table(file: str, finding: str = "COVID-19") -> bytes:
    return f"file,finding\n{file},{finding}\n".encode()


def _listed(collection: Collection) -> Sequence[Conflict]:
    return loads(collection.file("datasets/conflicts.csv", "main"))


def test_a_correction_that_a_copy_did_not_follow_is_said_and_listed(
    shared: tuple[Collection, Upstream],
) -> None:
    collection, owner = shared
    assert "conflicts.csv" not in git(collection.folder, "ls-tree", "-r", "main")
    owner.commit({"t.csv": _table("1.png", "No finding")})
    report = collection.night()
    collection.merge()
    [found] = _listed(collection)
    assert (found.field, found.counts, found.by) == ("finding", "No finding", "owner")
    assert report.proposal is not None
    assert "## 1 new conflict: finding 1" in report.proposal.body
    assert "Corrected tonight: `owner/images/1.png`" in report.proposal.body
    rows = collection.records("merge", "main")
    assert rows["images/copy.jpg"].finding == ("COVID-19",)  # never overwritten
    assert collection.night().proposal is None


def test_a_decision_has_a_name_and_is_not_asked_again(
    shared: tuple[Collection, Upstream],
) -> None:
    collection, owner = shared
    owner.commit({"t.csv": _table("1.png", "No finding")})
    collection.night()
    collection.merge()
    file = collection.folder / "config" / "decisions.toml"
    file.write_text(DECIDED, encoding="utf-8")
    report = collection.night()
    collection.merge()
    [found] = _listed(collection)
    assert (found.counts, found.by) == ("COVID-19", "a radiologist")
    assert report.proposal is not None
    assert "new conflict" not in report.proposal.body
    done = bot(collection, "statements", "owner/images/1.png", cache=False)
    assert done.exit_code == 1
    assert "decided by a radiologist on 2026-11-23" in done.output
    assert "conflict in finding: COVID-19 or No finding; COVID-19 counts" in done.output


def test_sources_that_agree_exit_with_0(shared: tuple[Collection, Upstream]) -> None:
    done = bot(shared[0], "statements", "owner/images/1.png", cache=False)
    assert done.exit_code == 0, done.output
    assert done.output.count("COVID-19") == 2


def test_conflicts_and_holds_open_nothing_in_a_quiet_night(
    shared: tuple[Collection, Upstream],
) -> None:
    (shared[0].cache / "worked_out.json").unlink()  # else nothing of it is worked out
    with measured() as cost:
        assert shared[0].night().proposal is None
    assert cost.cpu_s > 0
    assert cost.opened == 0
