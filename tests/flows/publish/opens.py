"""Open a downloaded release with the libraries people use, and count."""

import hashlib
import io
import json
import os
import tempfile
from pathlib import Path

# It keeps what it unpacked under the name a file has in the dataset, which is ours in every test.
os.environ["CROISSANT_CACHE"] = tempfile.mkdtemp(prefix="croissant-")

import mlcroissant
import pandas as pd
import pooch
import webdataset
from PIL import Image

from covid19_images.release import index as index_of

_FRICTIONLESS = {
    "string": "string",
    "integer": "Int64",
    "number": "float64",
    "boolean": "boolean",
    "date": "date",
}


def with_pandas(copy: Path) -> int:
    """Count pictures in the manifest."""
    table = pd.read_parquet(copy / "manifest.parquet")
    shipped = table[table["shard"].notna()]
    return int(shipped.groupby(["source", "member"]).ngroups)


def with_webdataset(copy: Path) -> int:
    """Count samples whose picture opens and whose JSON names it."""
    shards = sorted(str(path) for path in (copy / "shards").glob("images-*.tar"))
    count = 0
    for sample in webdataset.WebDataset(shards, shardshuffle=False):
        picture = sample.get("png") or sample.get("jpg")
        Image.open(io.BytesIO(picture)).load()
        values = json.loads(sample["json"])
        assert sample["__key__"].startswith(values["image_id"])
        count += 1
    return count


def with_croissant(published: Path) -> tuple[int, int]:
    """Validate, and count rows and pictures; squares have the same labels."""
    dataset = mlcroissant.Dataset(jsonld=str(published / "croissant.json"))
    assert not dataset.metadata.issues.errors
    assert not dataset.metadata.issues.warnings, dataset.metadata.issues.warnings
    rows = sum(1 for _ in dataset.records(record_set="manifest"))
    labelled = [r for r in dataset.records(record_set="images") if r["images/content"].size]
    splits = {r["images/image_id"]: r["images/split"] for r in labelled}
    assert set(splits.values()) <= {b"train", b"validation", b"test"}
    for side in (224, 512):
        squares = list(dataset.records(record_set=f"squares{side}"))
        assert {r[f"squares{side}/content"].size for r in squares} == {(side, side)}
        assert {r[f"squares{side}/image_id"]: r[f"squares{side}/split"] for r in squares} == splits
    return rows, len({r["images/member"] for r in labelled})


def with_frictionless(published: Path) -> int:
    """Count the rows of the table that the data package describes, reading them by its types."""
    package = json.loads((published / "datapackage.json").read_text(encoding="utf-8"))
    [resource] = package["resources"]
    file = published / resource["path"]
    assert file.stat().st_size == resource["bytes"]
    assert f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}" == resource["hash"]
    kinds = {field["name"]: _FRICTIONLESS[field["type"]] for field in resource["schema"]["fields"]}
    dates = [name for name, kind in kinds.items() if kind == "date"]
    typed = {name: kind for name, kind in kinds.items() if kind != "date"}
    table = pd.read_csv(
        file,
        dtype=typed,  # type: ignore[arg-type]
        parse_dates=dates,
        keep_default_na=False,
        na_values=resource["schema"]["missingValues"],
        true_values=["true"],
        false_values=["false"],
    )
    assert list(table.columns) == list(kinds)
    assert not table.duplicated(resource["schema"]["primaryKey"]).any()
    return len(table)


def with_pooch(url: str, version: str, cache: Path) -> int:
    """Fetch every file from the registry, and count."""
    fetcher = pooch.create(path=cache, base_url=f"{url}/", registry=None)
    listed = pooch.retrieve(f"{url}/{version}/registry.txt", None, path=cache / "registry")
    fetcher.load_registry(listed)
    for name in fetcher.registry:
        fetcher.fetch(name)
    return len(fetcher.registry)


def files_of(copy: Path) -> int:
    """Count the files an index names, and itself."""
    index = index_of.loads((copy / "index.json").read_bytes())
    return len(index.files) + len(index.shards) + 1
