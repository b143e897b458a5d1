"""A handover holds no Parquet: rows travel as CSV, and the process that writes makes shards."""

from pathlib import Path

from covid19_images.manifest import shards
from flows.collection.checkout import Checkout
from flows.config import load
from flows.night.handover.pack import pack
from flows.night.handover.rebuild import Base, rebuild
from flows.night.handover.unpack import unpack
from tests.flows.night.test_shards import limit
from tests.support.collection import NOW, SIMPLE, Collection
from tests.support.pictures import png
from tests.support.upstream import Upstream

CSV = "datasets/manifest/set.csv"


def _handed_over(collection: Collection, folder: Path) -> tuple[set[str], tuple[str, ...]]:
    """Compute a night, hand it over, and compare what is made of it with what the night made."""
    night = collection.night().proposal
    checkout = Checkout(collection.folder)
    base = checkout.base("main")
    config = load.load(collection.folder / "config")
    changes = collection.night().changes
    pack(folder, base=base.hexsha, now=NOW, feedback_token="", changes=changes, proposal=night)
    assert not any(file.read_bytes()[:4] == b"PAR1" for file in (folder / "content").iterdir())
    handover, tables = unpack(folder)
    _, rebuilt = rebuild(handover, tables, Base(config, checkout.state(base), None), NOW)
    assert tables
    assert night
    assert rebuilt
    assert rebuilt.files == night.files
    assert rebuilt.deleted == night.deleted
    assert rebuilt.content_hash == night.content_hash
    assert any(path.endswith(shards.SUFFIX) for path in night.writes)
    collection.merge()
    return set(tables.files), tables.deleted


def test_a_source_grows_changes_shrinks_and_is_renamed(
    collection: Collection, upstream: Upstream, tmp_path: Path
) -> None:
    plan = tmp_path / "plan"
    upstream.commit({f"images/{i}.png": png(i) for i in range(6)})
    collection.source("set", SIMPLE.format(url=upstream.url))
    collection.night()
    collection.merge()
    limit(collection, 6)
    upstream.commit({"images/6.png": png(6)})
    files, deleted = _handed_over(collection, plan)
    assert CSV in files
    assert deleted == ()
    upstream.commit({"images/0.png": png(10)})
    files, deleted = _handed_over(collection, plan)
    assert CSV in files
    assert deleted == ()
    limit(collection, 100)
    upstream.commit({"images/1.png": png(11)})
    files, deleted = _handed_over(collection, plan)
    assert CSV in files
    assert deleted == ()
    limit(collection, 3)
    upstream.commit({"images/2.png": png(12)})
    _handed_over(collection, plan)
    (collection.folder / "config" / "sources" / "set.toml").unlink()
    collection.source("other", SIMPLE.format(url=upstream.url))
    files, deleted = _handed_over(collection, plan)
    assert "datasets/manifest/other.csv" in files
    assert deleted == (CSV, "datasets/set")
