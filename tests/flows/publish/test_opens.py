"""A release opens with pandas, WebDataset, Croissant and pooch, with equal counts."""

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from covid19_images.download.download import download
from covid19_images.download.request import Request
from covid19_images.release import row as rows
from tests.flows.publish import opens
from tests.support.collection import NOW, SIMPLE, Collection
from tests.support.pictures import encoded, picture, png
from tests.support.releases import release
from tests.support.server import serving
from tests.support.upstream import Upstream

LAST = "2026.11.24"


@pytest.fixture
def released(collection: Collection, upstream: Upstream, tmp_path: Path) -> Path:
    """Two releases; the second one points back to shards of the first."""
    files = {f"images/{i}.png": png(i) for i in range(5)} | {"images/copy.png": png(2)}
    upstream.commit(files | {"images/film.jpg": encoded(picture(9), "JPEG")})
    collection.source("set", SIMPLE.format(url=upstream.url) + '[always]\nmodality = "XR"\n')
    collection.night()
    collection.merge()
    release(collection, tmp_path / "releases")
    upstream.commit({f"images/new-{i}.png": png(50 + i) for i in range(3)})
    collection.night()
    collection.merge()
    release(collection, tmp_path / "releases", now=NOW + dt.timedelta(days=1))
    return tmp_path / "releases"


@pytest.mark.filterwarnings("default")  # other people's libraries warn of what they please
def test_every_library_counts_the_same(released: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    download(copy, request=Request(origin=str(released)))
    assert opens.with_pandas(copy) == 9
    assert opens.with_webdataset(copy) == 9
    assert opens.with_croissant(released / LAST) == (10, 9)
    with serving(released) as site:
        assert opens.with_pooch(site.url, LAST, tmp_path / "pooch") == opens.files_of(copy)


def test_parquet_and_csv_hold_the_same_and_gaps_stay_gaps(released: Path) -> None:
    table = pd.read_parquet(released / LAST / "manifest.parquet")
    found = rows.loads((released / LAST / "manifest.csv").read_text())
    assert list(table.columns) == list(rows.HEADER)
    assert list(table["image_id"]) == [row.record.image_id for row in found]
    assert list(table["width"]) == [row.record.width for row in found]
    assert table["age_min"].isna().all()
    assert table["finding"].isna().all()
    own = rows.frame(found)
    assert list(own.columns) == list(table.columns)
    assert list(own["redistributable"]) == list(table["redistributable"])
