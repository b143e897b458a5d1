"""Two nights in the synthetic world find exactly what is true in it."""

import csv
import io
import re
from pathlib import Path

import git
import numpy as np
import pytest
from PIL import Image

from covid19_images.dataset.volume_options import select_volumes
from covid19_images.download.copy import open_copy
from covid19_images.manifest import table
from flows.demo.upstreams import Key, UpstreamDay, World, make_world
from tests.support import warm
from tests.support.collection import ROOT
from tests.support.demo import demo


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> git.Repo:
    """The collection the demo leaves behind."""
    return git.Repo(demo(tmp_path_factory).collection)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(tmp_path_factory.mktemp("truth"))


def rows(repo: git.Repo, ref: str) -> dict[Key, table.Record]:
    tree = repo.commit(ref).tree / "datasets" / "manifest"
    texts = [blob.data_stream.read().decode() for blob in tree.blobs]
    records = [record for text in texts for record in table.loads(text)]
    return {Key(record.source, record.path): record for record in records}


def pairs(repo: git.Repo, ref: str) -> dict[frozenset[str], str]:
    text = repo.commit(ref).tree["datasets/duplicates.csv"].data_stream.read().decode()
    read = csv.DictReader(io.StringIO(text))
    return {frozenset((row["a"], row["b"])): row["kind"] for row in read}


def true_pairs(*days: UpstreamDay) -> dict[frozenset[str], str]:
    copies = [copy for day in days for copy in day.copies]
    return {
        frozenset(f"{key.source}/{key.path}" for key in (copy.copy, copy.original)): copy.kind
        for copy in copies
    }


def test_the_first_night_imports_all_images_and_nothing_else(shown: git.Repo, world: World) -> None:
    found = rows(shown, "main")
    assert set(found) == {*world.days[0].added, world.pointers[0]}
    assert found[world.pointers[0]].status == "pointer"
    assert found[world.blank].quality == ("blank",)
    assert found[world.localizer].view == "LOCALIZER"


def test_the_first_night_finds_every_copy_and_how_it_was_made(
    shown: git.Repo, world: World
) -> None:
    assert pairs(shown, "main") == true_pairs(world.days[0])


def test_the_second_night_proposes_exactly_what_changed(shown: git.Repo, world: World) -> None:
    before, after = rows(shown, "main"), rows(shown, "sync/datasets")
    truth = world.days[1]
    moved = {new for _, new in truth.renamed}
    assert set(after) - set(before) - moved == set(truth.added)
    withdrawn = {key for key, record in after.items() if record.status == "withdrawn"}
    assert withdrawn == set(truth.removed)
    for old, new in truth.renamed:
        assert old not in after
        assert after[new].blob == before[old].blob
        assert after[new].first_seen == before[old].first_seen
    for key, was, now in truth.relabelled:
        assert (before[key].finding_raw, after[key].finding_raw) == (was, now)
    refused = {key for key, record in after.items() if record.status == "refused"}
    assert refused == set(truth.broken)


def test_the_second_night_finds_the_copies_of_both(shown: git.Repo, world: World) -> None:
    found, true = pairs(shown, "sync/datasets"), true_pairs(*world.days)
    direct = {pair: found.get(pair) for pair in true}
    assert direct == true
    originals = {path for pair in true for path in pair}
    assert all(pair <= originals for pair in found)  # the rest are copies of copies


def test_the_demo_ends_with_a_site_of_what_is_merged(
    shown: git.Repo, tmp_path_factory: pytest.TempPathFactory
) -> None:
    left = demo(tmp_path_factory)
    pages = {page.stem for page in (left.folder / "site" / "pictures").rglob("*.html")}
    active = {r.image_id for r in rows(shown, "main").values() if r.status == "active"}
    assert pages == active
    assert "site/index.html" in left.printed


def test_the_demo_ends_with_a_release_its_counts_and_its_pictures(
    shown: git.Repo, tmp_path_factory: pytest.TempPathFactory
) -> None:
    left = demo(tmp_path_factory)
    copy = open_copy(left.folder / "copy")
    assert {r.key for r in copy.records} == {r.key for r in rows(shown, "main").values()}
    here = [record for record in copy.records if copy.holds(record)]
    assert any(copy.rows[record.key].redistributable for record in here)
    assert any(copy.rows[record.key].pointer_url for record in here)  # fetched from its owner
    assert "journal-figures positive     11" in left.printed
    with Image.open(left.folder / "montage.png") as sheet:
        assert sheet.width > 500


def test_the_demo_ends_with_a_volume_and_its_lungs(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    left = demo(tmp_path_factory)
    [scan] = select_volumes("ct", root=left.folder / "copy", masks="lung", unknown="keep")
    inside, outside = (scan.image[scan.mask[0] == value] for value in (1, 0))
    assert np.median(inside) < -700 < -200 < np.median(outside[outside > -900])
    with Image.open(left.folder / "planes.png") as sheet:
        colours = {colour for _, colour in sheet.getcolors(2**16) or []}
    assert any(max(colour) - min(colour) > 100 for colour in colours)  # the outline
    listed = (left.collection / "datasets" / "masks.csv").read_text(encoding="utf-8")
    assert listed.count("same_grid") == 1
    page = (left.collection / ".proposals" / "index.html").read_text(encoding="utf-8")
    assert "only its masks changed" in page
    assert page.count('<figure class="plane">') == 3


def test_the_site_has_the_release_and_the_commands_run_from_here(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    made = demo(tmp_path_factory)
    [release] = (path.parent.name for path in (made.folder / "site/releases").glob("*/index.html"))
    assert release in (made.folder / "site/releases/index.html").read_text(encoding="utf-8")
    programs = re.findall(r"(\S*covid19-images) (?:summary|baseline)", made.printed)
    assert len(programs) == 2
    assert all((ROOT / program).is_file() for program in programs)


@pytest.mark.parametrize("holds", ["thesis.tex", ".git"])
def test_a_folder_with_what_no_demo_wrote_is_not_emptied(tmp_path: Path, holds: str) -> None:
    mine = tmp_path / "mine"
    (mine / "site").mkdir(parents=True)
    (mine / holds).write_text("mine")
    done = warm.run("flows", "demo", "--direct", "--folder", str(mine))
    assert done.returncode == 2
    assert f"{mine} holds {holds}, which no demo wrote. Nothing was removed." in done.stderr
    assert (mine / holds).read_text() == "mine"
    done = warm.run("flows", "demo", "--direct", "--folder", str(mine / holds))
    assert done.returncode == 2
    assert "is a file, which no demo wrote" in done.stderr
