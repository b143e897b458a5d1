"""What Hugging Face reads of a release: a card that names the data, and squares with labels."""

import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml

from covid19_images.download.copy import LocalCopy
from flows.publish import huggingface
from tests.support import local_copy
from tests.support.pictures import decoded


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> LocalCopy:
    return local_copy.make(tmp_path_factory.mktemp("release"), count=20)


def _nothing(version: str, name: str, to: Path) -> None:
    raise AssertionError((version, name, to))


def _configs(folder: Path) -> list[dict[str, object]]:
    head = (folder / "README.md").read_text(encoding="utf-8").split("---\n")[1]
    return yaml.safe_load(head)["configs"]  # type: ignore[no-any-return]


def test_each_split_has_its_squares_with_labels_and_the_card_names_its_files(
    copy: LocalCopy,
) -> None:
    folder = copy.folder / "shards"
    rows = list(copy.rows.values())
    names = huggingface.write(
        folder, copy.index, rows, _nothing, squares=True, warning="For research."
    )
    sides = ("train", "validation", "test")
    assert names == ["README.md", *(f"{side}-00000.parquet" for side in sides)]
    [default, manifest] = _configs(folder)
    assert default["data_files"] == [
        {"split": side, "path": [f"{side}-00000.parquet"]} for side in sides
    ]
    assert manifest == {"config_name": "manifest", "data_files": "manifest.parquet"}
    by_key = {record.key: record for record in copy.records}
    for side in sides:
        for row in pq.read_table(folder / f"{side}-00000.parquet").to_pylist():
            record = by_key[row["key"]]
            assert record.split == side
            assert row["label"] == int("COVID-19" in record.finding)
            assert row["finding"] == list(record.finding)
            assert np.array_equal(decoded(row["image"]["bytes"]), copy.array(record, size=224))


def test_shards_of_earlier_releases_are_fetched_and_not_left_behind(
    copy: LocalCopy, tmp_path: Path
) -> None:
    asked = []

    def fetch(version: str, name: str, to: Path) -> None:
        asked.append((version, name))
        shutil.copyfile(copy.folder / "shards" / name, to)

    later = copy.index.model_copy(update={"version": "2026.11.30"})
    names = huggingface.write(
        tmp_path, later, list(copy.rows.values()), fetch, squares=True, warning="For research."
    )
    assert {version for version, _ in asked} == {copy.version}
    assert len(asked) == len(set(asked)) == 2  # a source each
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)


def test_without_squares_the_card_leads_to_the_table_and_not_to_the_bots_files(
    copy: LocalCopy, tmp_path: Path
) -> None:
    names = huggingface.write(
        tmp_path, copy.index, [], _nothing, squares=False, warning="For research."
    )
    assert names == ["README.md"]
    assert _configs(tmp_path) == [
        {"config_name": "manifest", "default": True, "data_files": "manifest.parquet"}
    ]
