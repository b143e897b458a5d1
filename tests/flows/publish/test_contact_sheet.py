"""The sheet of new pictures above a release's files."""

import io
from pathlib import Path

import numpy as np
from PIL import Image

from covid19_images.release.index import Index, SmallFile
from covid19_images.release.row import Row
from flows.publish.contact_sheet import NAME, draw_new
from flows.publish.notes import notes
from tests.covid19_images.download.copies import VERSION, record, tar
from tests.support.pictures import encoded


def rows(folder: Path, count: int) -> list[Row]:
    found, squares = [], {}
    for at in range(count):
        grey = np.full((224, 224), 40 + at, np.uint8)
        content = encoded(Image.fromarray(grey))
        row = record(f"{at}.png", content, finding=("COVID-19",) if at % 2 else ())
        squares[f"{row.image_id}.png"] = content
        found.append(
            Row(
                record=row,
                commit="c",
                redistributable=True,
                added_in=VERSION,
                changed_in=VERSION,
                shard="images-set-00000.tar",
                member=f"{row.image_id}.png",
            )
        )
    (folder / "sized224-set-00000.tar").write_bytes(tar(squares))
    return found


def test_new_pictures_are_drawn_and_the_same_bytes_each_time(tmp_path: Path):
    found = rows(tmp_path, 8)
    sheet = draw_new(found, VERSION, tmp_path)
    assert sheet is not None
    assert sheet == draw_new(found, VERSION, tmp_path)
    drawn = np.asarray(Image.open(io.BytesIO(sheet)).convert("L")).astype(int)
    shades = {int(shade) for shade in np.unique(drawn) if (drawn == shade).sum() > 5_000}
    assert {40 + at for at in range(8)} <= {near for s in shades for near in (s - 1, s, s + 1)}


def test_what_is_not_new_or_not_in_the_release_is_not_drawn(tmp_path: Path):
    found = rows(tmp_path, 2)
    assert draw_new(found, "2026.11.24", tmp_path) is None
    assert draw_new(found, VERSION, tmp_path / "elsewhere") is None
    assert draw_new([], VERSION, tmp_path) is None


def test_notes_show_it_where_people_can_see_it():
    index = Index(version=VERSION, files=(SmallFile(name=NAME, size=1, sha256="0" * 64),))
    url = "https://github.com/owner/name/releases/download"
    assert f"]({url}/{VERSION}/new.jpg)" in notes(index, (), url)
    assert "new.jpg" not in notes(index, (), None)
    assert "new.jpg" not in notes(index.model_copy(update={"files": ()}), (), url)
