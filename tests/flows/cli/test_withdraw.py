"""The drill: a request comes in, and a picture and its copies are out of releases and copies."""

import re
from pathlib import Path

import pytest

from covid19_images.checks.contamination import check
from covid19_images.download.copy import open_copy
from covid19_images.download.download import download
from covid19_images.download.request import Request
from covid19_images.release import index as index_of
from tests.flows.cli.test_commands import bot
from tests.support.collection import SIMPLE, Collection
from tests.support.pictures import encoded, picture, png
from tests.support.put_back import put_back
from tests.support.upstream import Upstream

PICTURE = picture(1, size=(320, 256))
FREE = '["MIT"]\nredistribute = true\nwhy = "a test"\n'


def _begin(folder: Path) -> None:
    collection = Collection(folder / "collection")
    files = {
        "owner": {"images/1.png": encoded(PICTURE), "images/2.png": png(2)},
        "merge": {"images/copy.jpg": encoded(PICTURE, "JPEG", quality=70), "images/3.png": png(3)},
    }
    for name, content in files.items():
        upstream = Upstream(folder / f"{name}.git")
        upstream.commit(content)
        text = SIMPLE.format(url=upstream.url).replace("[files]", 'licence = "MIT"\n[files]')
        collection.source(name, text)
    (collection.folder / "config" / "licences.toml").write_text(FREE, encoding="utf-8")
    collection.night()
    collection.merge()
    assert bot(collection, "release", "--direct").exit_code == 0


@pytest.fixture
def shared(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    """A collection in which a merge has copied an owner's picture, released once."""
    return Collection(put_back(tmp_path_factory, _begin) / "collection")


def test_one_command_takes_a_picture_and_its_copies_down(
    shared: Collection, tmp_path: Path
) -> None:
    releases, local = shared.folder / ".releases", tmp_path / "local"
    download(local, request=Request(origin=str(releases)))
    row = shared.records("owner", "main")["images/1.png"]
    copy = shared.records("merge", "main")["images/copy.jpg"]
    mine = tmp_path / "mine"
    mine.mkdir()
    PICTURE.save(mine / "a.png")
    (mine / "b.jpg").write_bytes(encoded(PICTURE, "JPEG", quality=70))
    done = bot(shared, "withdraw", row.key, "--why", "the patient asked", "--reason", "privacy")
    assert done.exit_code == 0, done.output
    assert "1 picture held" in done.output
    assert re.search(r"From request to release: \d+ s\.", done.output)
    assert shared.records("owner")["images/1.png"].status == "excluded"
    assert shared.records("merge")["images/copy.jpg"].status == "held"
    assert "the patient asked" in shared.file("config/decisions.toml")
    newest = max(releases.glob("20*"), key=lambda p: index_of.version_key(p.name))
    index = index_of.loads((newest / "index.json").read_bytes())
    assert [(t.image_id, t.reason) for t in index.tombstones] == [(row.image_id, "privacy")]
    download(local, request=Request(origin=str(releases)))
    shards = b"".join(path.read_bytes() for path in (local / "shards").glob("images-*.tar"))
    for image in (row.image_id, copy.image_id):
        assert str(image).encode() not in shards
    assert {r.key: r.status for r in open_copy(local).records} == {
        "merge/images/3.png": "active",
        "merge/images/copy.jpg": "held",
        "owner/images/2.png": "active",
    }
    found = check(mine, root=local)
    assert {(hit.path, hit.split) for hit in found.hits} == {
        ("a.png", "withdrawn"),
        ("b.jpg", "withdrawn"),
    }


def test_after_the_merge_a_night_has_nothing_to_add(shared: Collection) -> None:
    image_id = shared.records("owner", "main")["images/1.png"].image_id
    assert bot(shared, "withdraw", str(image_id), "--why", "asked").exit_code == 0
    shared.merge()
    assert shared.night().proposal is None


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["owner/images/none.png"], "No image is called owner/images/none.png"),
        (["nonsense"], "'nonsense' is no image"),
        (["owner/images/1.png", "--reason", "anger"], "There is no reason 'anger'"),
    ],
)
def test_a_mistyped_request_changes_nothing(
    shared: Collection, words: list[str], says: str
) -> None:
    done = bot(shared, "withdraw", *words, "--why", "asked")
    assert done.exit_code == 2
    assert says in done.output
    assert not (shared.folder / "config" / "decisions.toml").exists()
