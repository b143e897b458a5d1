"""`datasets.load_dataset` reads a dataset of ours from the (emulated) Hub, streaming and not."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from covid19_images.download.copy import LocalCopy
from flows.publish import parquet
from flows.publish.hub.card import card
from flows.publish.hub.files import arrange
from flows.publish.huggingface import Squares, write_squares
from tests.support.hub import Blob, emulated

VERSION = "2026.11.23"
# By itself, because the client reads where the Hub is when it is imported.
READ = """
import json, sys, datasets, numpy as np
config, split, streaming = json.loads(sys.argv[1])
found = datasets.load_dataset(
    "us/covid19-images", config, split=split, streaming=streaming, revision="2026.11.23"
)
rows = [
    [row["key"], row["label"], np.asarray(row["image"]).tolist()] if config != "manifest" else 0
    for row in found
]
print(json.dumps(rows if config != "manifest" else len(rows)))
"""


def released(copy: LocalCopy, folder: Path) -> dict[str, Blob]:
    """Make the files that a release has on the Hub."""
    rows = [copy.rows[record.key] for record in copy.records]
    files = arrange(copy.index, rows)
    texts = {"README.md": Blob(card(copy.index, rows, files, "For research.").encode())}
    shards = Squares(copy.folder / "shards", copy.index, lambda *_: None)
    for file in files:
        write_squares(folder / "one.parquet", file.rows, shards)
        texts[file.path] = large((folder / "one.parquet").read_bytes())
    parquet.write(folder / "one.parquet", rows)
    return texts | {"manifest.parquet": large((folder / "one.parquet").read_bytes())}


def large(content: bytes) -> Blob:
    return Blob(content, hashlib.sha256(content).hexdigest())


@pytest.mark.parametrize("streaming", [False, True], ids=["downloaded", "streaming"])
@pytest.mark.parametrize("config", ["default", "xray", "manifest"])
def test_load_dataset_reads_it_from_the_hub(
    copy: LocalCopy, tmp_path: Path, config: str, streaming: bool
) -> None:
    with emulated() as hub:
        hub.commit("initial commit", {})
        hub.tags[VERSION] = hub.commit(f"Release {VERSION}", released(copy, tmp_path))
        split = "train" if config == "manifest" else "validation"
        asked = json.dumps([config, split, streaming])
        environment = {
            "HF_ENDPOINT": hub.url,
            "HF_HUB_OFFLINE": "0",
            "HF_HUB_DISABLE_XET": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HOME": str(tmp_path / "hf"),
        }
        command = [sys.executable, "-c", READ, asked]
        done = subprocess.run(
            command,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            cwd=tmp_path,
            check=False,
            timeout=300,
        )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    if config == "manifest":
        assert found == len(copy.records)
        return
    by_key = {record.key: record for record in copy.records}
    shipped = [r for r in copy.records if r.split == split and copy.rows[r.key].shard]
    assert sorted(key for key, *_ in found) == sorted(record.key for record in shipped)
    for key, label, image in found:
        assert label == int("COVID-19" in by_key[key].finding)
        assert np.array_equal(np.array(image, np.uint8), copy.array(by_key[key], size=224))
