"""A release folder opens with Hugging Face's own `load_dataset`."""

from pathlib import Path

import numpy as np

from covid19_images.download.copy import LocalCopy
from flows.publish import huggingface


def _nothing(version: str, name: str, to: Path) -> None:
    raise AssertionError((version, name, to))


def test_load_dataset_gives_pictures_with_labels_by_split(copy: LocalCopy, tmp_path: Path) -> None:
    import datasets

    folder = tmp_path / "release"
    folder.mkdir()
    for shard in (copy.folder / "shards").iterdir():
        (folder / shard.name).write_bytes(shard.read_bytes())
    (folder / "features-00000.tar").write_bytes((copy.folder / "index.json").read_bytes())
    huggingface.write(
        folder,
        copy.index,
        list(copy.rows.values()),
        _nothing,
        squares=True,
        warning="For research.",
    )
    loaded = datasets.load_dataset(str(folder), cache_dir=str(tmp_path / "cache"))
    assert set(loaded) == {"train", "validation", "test"}
    by_key = {record.key: record for record in copy.records}
    for side, rows in loaded.items():
        assert rows.features["label"].names == ["negative", "positive"]
        for row in rows:
            record = by_key[row["key"]]
            assert record.split == side
            assert row["label"] == int("COVID-19" in record.finding)
            assert np.array_equal(np.asarray(row["image"]), copy.array(record, size=224))
