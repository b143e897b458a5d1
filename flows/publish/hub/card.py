"""Write the card of a dataset on the Hugging Face Hub: what is data, and under which licences."""

from collections import Counter
from collections.abc import Sequence

from huggingface_hub import DatasetCardData

from covid19_images.release.index import Index
from covid19_images.release.row import Row
from flows.publish import citation
from flows.publish.hub.files import FOLDER, SquaresFile
from flows.publish.huggingface import SIDES

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (10**6, "100K<n<1M"))
_ABOUT = """\
`load_dataset` gives squares of 224 × 224 pixels with their labels by split: `label` is COVID-19 or
not, empty where nobody can say; `finding` has the words. Each kind of picture is a configuration.
The configuration `manifest` is the table of all images. Images whose licence does not let us ship
them are in that table only: `pointer_url` says where their owner has them.

Each release is one commit and one tag: name it as `revision`. Pictures in full size, and a client
that checks signatures, are where card.md says. CITATION.cff says whom to cite."""


def card(index: Index, rows: Sequence[Row], files: Sequence[SquaresFile], warning: str) -> str:
    """Return the text of the card.

    Args:
        index: What the release is.
        rows: Its manifest.
        files: Its squares.
        warning: What the collection may not be used for.
    """
    count = sum(len(file.rows) for file in files)
    head = DatasetCardData(
        pretty_name="COVID-19 chest images",
        license="other",
        license_name="per-image",
        task_categories=["image-classification"],
        tags=["medical", "chest", "covid-19", "x-ray", "ct"],
        size_categories=[next((name for most, name in _SIZES if count < most), "n>1M")],
        configs=_configs(files),
    )
    top = head.to_yaml()
    parts = [f"# COVID-19 chest images, release {index.version}", f"> {warning}", _ABOUT]
    parts += filter(None, [citation.words(index)])
    text = "\n\n".join([*parts, "## Licences", _licences(rows, files)])
    return f"---\n{top}\n---\n\n{text}\n"


def _configs(files: Sequence[SquaresFile]) -> list[dict[str, object]]:
    kinds = sorted({file.modality for file in files})
    configs: list[dict[str, object]] = []
    if files:
        configs.append(_config("default", files, "*"))
    for kind in kinds:
        of_kind = [file for file in files if file.modality == kind]
        configs.append(_config(kind, of_kind, f"{kind}-*"))
    table: dict[str, object] = {"config_name": "manifest", "data_files": "manifest.parquet"}
    return [*configs, table if files else {**table, "default": True}]


def _config(name: str, files: Sequence[SquaresFile], pattern: str) -> dict[str, object]:
    """Return a configuration; a split that has no file is not named, since nothing would match."""
    there = {file.split for file in files}
    paths = [
        {"split": side, "path": f"{FOLDER}{side}/{pattern}.parquet"}
        for side in SIDES
        if side in there
    ]
    return {"config_name": name, "data_files": paths}


def _licences(rows: Sequence[Row], files: Sequence[SquaresFile]) -> str:
    shown = {row.record.key for file in files for row in file.rows}
    counts = Counter(
        (row.record.source, row.record.licence or "none stated", row.record.key in shown)
        for row in rows
    )
    lines = ["| source | licence | images | here |", "|---|---|---|---|"]
    for (source, licence, here), count in sorted(counts.items()):
        lines.append(f"| {source} | {licence} | {count:,} | {'squares' if here else 'row only'} |")
    return "\n".join(lines)
