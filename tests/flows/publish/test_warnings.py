"""A release with a withdrawal, a conflict and a shortcut: whoever meets it is told of all three."""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from covid19_images.cli.app import app
from covid19_images.download.copy import open_copy
from covid19_images.release import index as index_of
from covid19_images.release import tar
from flows.collection.checkout import Checkout
from flows.config import load
from flows.demo import copies
from flows.demo.radiograph import radiograph
from flows.night.run import Report
from flows.publish.folder import FolderPublisher
from flows.publish.release import Outcome
from flows.site import releases
from flows.site.build import build
from flows.site.collect import collect
from tests.support.collection import NOW, Collection
from tests.support.pictures import png
from tests.support.releases import release
from tests.support.upstream import Upstream

FIRST, SECOND = "2026.11.23", "2026.11.24"
SHORTCUT = "Shortcut: X-ray: The name of the source alone tells positive in train: AUC"
WITHDRAWN, COPIED = "owner/COVID-19/gone.jpeg", "merge/Normal/gone.jpeg"
DISPUTED, DISPUTING = "owner/COVID-19/ill.jpeg", "merge/Normal/well.jpeg"
CONFLICT = f"finding: {DISPUTING} states No finding, {DISPUTED} COVID-19; COVID-19 counts (owner)"
SOURCE = """
title = "A set"
owner = "Somebody"
url = "{url}"
order = {order}
[files]
images = ["/COVID-19/", "/Normal/"]
[[paths]]
match = '(?P<finding>COVID-19|Normal)/[^/]+$'
[always]
label_basis = "folder_name"
modality = "XR"
"""


@dataclass(frozen=True)
class Drill:
    """What each meets: the proposal, the releases, the site, and a copy that is moved on."""

    report: Report
    published: Outcome
    folder: Path
    site: Mapping[str, bytes]
    updated: str
    checked: str
    copy: Path
    pages: Path

    def text(self, name: str) -> str:
        return (self.folder / SECOND / name).read_text(encoding="utf-8")


def _drawn(seed: int) -> bytes:
    """Draw a radiograph of the demo."""
    return copies.encode(radiograph(seed, size=(360, 330)), quality=90)


def _plant(collection: Collection, owner: Upstream, merge: Upstream) -> None:
    """Import two sources that have a class each, and a picture that both have."""
    many = {
        word: {f"{word}/{n}.png": png(1000 * at + n, size=(96, 96)) for n in range(32)}
        for at, word in enumerate(("COVID-19", "Normal"))
    }
    gone, ill = _drawn(700), _drawn(701)
    owner.commit({"COVID-19/gone.jpeg": gone, "COVID-19/ill.jpeg": ill} | many["COVID-19"])
    merge.commit({"Normal/gone.jpeg": copies.copy(gone, "resized")} | many["Normal"])
    for order, (name, upstream) in enumerate((("owner", owner), ("merge", merge))):
        collection.source(name, SOURCE.format(url=upstream.url, order=order))
    collection.night()
    collection.merge()
    owner.commit({"COVID-19/gone.jpeg": None}, date="2020-05-28T00:00:00Z")
    merge.commit({"Normal/well.jpeg": copies.copy(ill, "resized")})


def _command(*words: str | Path) -> str:
    return CliRunner().invoke(app, [str(word) for word in words]).output


@pytest.fixture(scope="module")
def drill(tmp_path_factory: pytest.TempPathFactory) -> Drill:
    folder = tmp_path_factory.mktemp("drill")
    collection, place, copy = Collection(folder / "c"), folder / "releases", folder / "copy"
    _plant(collection, Upstream(folder / "owner.git"), Upstream(folder / "merge.git"))
    release(collection, place)
    assert SHORTCUT in _command("download", copy, "--from", place)
    mine = folder / "mine"
    mine.mkdir()
    (mine / "a.jpeg").write_bytes(_drawn(700))
    (mine / "b.jpeg").write_bytes(copies.copy(_drawn(701), "cropped"))
    report = collection.night()
    collection.merge()
    published = release(collection, place, now=NOW + dt.timedelta(days=1))
    config, opened = load.load(collection.folder / "config"), Checkout(collection.folder)
    at = FolderPublisher(place)
    shown = releases.releases(at.published(), at.read, None)
    state = opened.state(opened.base(config.policy.base))
    return Drill(
        report,
        published,
        place,
        dict(build(collect(state, config, shown))),
        _command("update", copy),
        _command("check", mine, "--root", copy),
        copy,
        collection.pages,
    )


def test_the_gate_keeps_what_was_withdrawn_out_and_prints_all_three(drill: Drill) -> None:
    printed = "\n".join(drill.published.lines())
    assert SHORTCUT in printed
    assert "Conflicts between statements: 1, 1 of them new." in printed
    assert "withdrawn pictures: 1 withdrawn upstream, 1 held as copies of such" in printed
    shipped = open_copy(drill.copy)
    gone = {str(row.image_id) for row in shipped.records if row.key in (WITHDRAWN, COPIED)}
    shards = [
        shard for shard in drill.folder.glob(f"{SECOND}/*.tar") if "features" not in shard.name
    ]
    assert len(gone) == 2
    assert not [n for shard in shards for n in tar.spans(shard) if n.partition(".")[0] in gone]
    index = index_of.loads((drill.folder / SECOND / "index.json").read_bytes())
    assert index.shortcuts[0].startswith("X-ray: The name of the source alone")
    assert {"audit.json", "conflicts.csv"} <= {file.name for file in index.files}
    assert [one["passes"] for one in json.loads(drill.text("audit.json"))["sets"]] == [False, True]


def test_the_card_begins_with_the_shortcut_and_lists_conflict_and_withdrawal(drill: Drill) -> None:
    card = drill.text("card.md")
    assert "load(&quot;xray&quot;" not in card
    assert card.startswith(f"> **{SHORTCUT}")
    assert drill.text("NOTES.md").startswith(f"> **{SHORTCUT}")
    assert "1 conflict: finding 1." in card
    assert f"| `{COPIED}` | held | `a copy or a part of {WITHDRAWN} (c19-" in card
    assert f"| `{WITHDRAWN}` | withdrawn | `gone upstream since 2020-05-28` |" in card


@pytest.mark.slow
def test_the_pages_show_them(drill: Drill) -> None:
    assert drill.report.proposal is not None
    body = drill.report.proposal.body
    assert "## Withdrawn pictures" in body
    assert "## 1 new conflict: finding 1" in body
    page = (drill.pages / "index.html").read_text(encoding="utf-8")
    assert page.count(DISPUTING) > 0
    assert f"a copy or a part of {WITHDRAWN}" in page
    of_release = drill.site[f"releases/{SECOND}/index.html"].decode()
    assert SHORTCUT in of_release
    assert COPIED in of_release
    [disputed] = [r for r in open_copy(drill.copy).records if r.key == DISPUTED]
    own = drill.site[f"pictures/{str(disputed.image_id)[4:6]}/{disputed.image_id}.html"].decode()
    assert "Sources contradict each other" in own


def test_update_names_them_and_forgets_the_pictures(drill: Drill) -> None:
    assert f"withdrawn {WITHDRAWN}: gone upstream since 2020-05-28" in drill.updated
    assert f"withdrawn {COPIED}: a copy or a part of {WITHDRAWN}" in drill.updated
    assert f"conflict in {CONFLICT}" in drill.updated
    assert "Conflicts between sources: 1, 1 of them new" in drill.updated
    assert SHORTCUT in drill.updated
    assert SHORTCUT in _command("info", drill.copy)
    assert "withdrawn" not in _command("update", drill.copy)
    copy = open_copy(drill.copy)
    assert [(one.field, one.counts, one.by) for one in copy.conflicts] == [
        ("finding", "COVID-19", "owner")
    ]
    assert not any(copy.holds(row) for row in copy.records if row.key in (WITHDRAWN, COPIED))


@pytest.mark.slow
def test_check_names_them(drill: Drill) -> None:
    assert "Take out 1 of them, which was withdrawn or taken down." in drill.checked
    assert "Sources contradict each other about 1 of them." in drill.checked
    assert drill.checked.count(f"disputed: b.jpeg: {CONFLICT}") == 1
    assert "Shortcut in the collection: X-ray: The name of the source alone" in drill.checked
