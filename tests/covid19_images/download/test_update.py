"""A copy moves to a newer release by fetching what changed, and forgets what was taken down."""

import datetime as dt
from pathlib import Path

from covid19_images.download.copy import open_copy
from covid19_images.download.download import download
from covid19_images.download.request import Request, read
from covid19_images.download.verify import info, verify
from tests.support.collection import NOW, SIMPLE, Collection
from tests.support.pictures import png
from tests.support.releases import release
from tests.support.server import serving
from tests.support.upstream import Upstream


def begin(collection: Collection, upstream: Upstream) -> None:
    """Import pictures, and merge that."""
    upstream.commit({f"images/{i}.png": png(i) for i in range(6)})
    collection.source("set", SIMPLE.format(url=upstream.url))
    collection.night()
    collection.merge()


def test_only_new_shards_come_and_taken_down_images_go(
    begun: Collection, upstream: Upstream, tmp_path: Path
) -> None:
    releases, copy = tmp_path / "releases", tmp_path / "copy"
    release(begun, releases)
    download(copy, request=Request(origin=str(releases)))
    upstream.commit({f"images/new-{i}.png": png(100 + i) for i in range(10)})
    begun.night()
    begun.merge()
    release(begun, releases, now=NOW + dt.timedelta(days=1))
    with serving(releases) as site:
        result = download(copy, request=Request(origin=site.url))
    tars = [path for path, _ in site.asked if path.endswith(".tar")]
    assert tars == ["/2026.11.24/images-set-00001.tar"]
    assert (result.before, result.version, result.removed) == ("2026.11.23", "2026.11.24", ())
    assert verify(copy).is_good
    assert info(open_copy(copy))[0].here == 16
    gone = open_copy(copy).records[0]
    decision = f'image = "{gone.key}"\nreason = "owner"\nby = "me"\ndate = 2026-11-24\n'
    (begun.folder / "config" / "decisions.toml").write_text(f"[[exclude]]\n{decision}")
    release(begun, releases, now=NOW + dt.timedelta(days=2))
    download(copy, request=Request(origin=str(releases)))
    again = open_copy(copy)
    assert again.version == "2026.11.25"
    assert gone.image_id not in {record.image_id for record in again.records}
    shards = b"".join(p.read_bytes() for p in (copy / "shards").glob("*.tar"))
    assert str(gone.image_id).encode() not in shards
    assert verify(copy).is_good


def test_a_fetched_image_that_was_taken_down_is_removed(begun: Collection, tmp_path: Path) -> None:
    (begun.folder / "config" / "licences.toml").write_text(
        '["MIT"]\nredistribute = true\nwhy="x"\n'
    )
    releases, copy = tmp_path / "releases", tmp_path / "copy"
    release(begun, releases)
    download(copy, request=Request(origin=str(releases)))
    gone = open_copy(copy).records[0]
    decision = f'image = "{gone.image_id}"\nreason = "rights"\nby = "me"\ndate = 2026-11-24\n'
    (begun.folder / "config" / "decisions.toml").write_text(f"[[exclude]]\n{decision}")
    release(begun, releases, now=NOW + dt.timedelta(days=1))
    result = download(copy, request=Request(origin=str(releases)))
    assert result.removed == (gone.sha256,)
    assert len(list((copy / "pointers").glob("??/*"))) == 5


def test_a_copy_remembers_what_was_asked_for(begun: Collection, tmp_path: Path) -> None:
    release(begun, tmp_path / "releases")
    chosen = Request(origin=str(tmp_path / "releases"), sources=("set",), size=512)
    download(tmp_path / "copy", request=chosen)
    assert read(tmp_path / "copy") == chosen


def test_an_older_release_can_be_asked_for(
    begun: Collection, upstream: Upstream, tmp_path: Path
) -> None:
    releases = tmp_path / "releases"
    release(begun, releases)
    upstream.commit({"images/new.png": png(100)})
    begun.night()
    begun.merge()
    release(begun, releases, now=NOW + dt.timedelta(days=1))
    chosen = Request(origin=str(releases))
    download(tmp_path / "copy", request=chosen)
    result = download(tmp_path / "copy", version="2026.11.23", request=chosen)
    assert result.removed == ("images-set-00001.tar",)
    assert open_copy(tmp_path / "copy").version == "2026.11.23"
    assert verify(tmp_path / "copy").is_good
