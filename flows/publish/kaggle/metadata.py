"""Describe a release for Kaggle: `dataset-metadata.json`, and the notes of a version."""

import re
from typing import Any

from covid19_images.manifest.identifiers import SHA256
from covid19_images.release.index import Index, is_version
from flows.proposal.markdown import WARNING
from flows.text.escape import text

FILE = "dataset-metadata.json"
TITLE = "COVID-19 chest images, free of copies"
_SUBTITLE = "Radiographs and CT with source, licence, labels and split of each"
_ABOUT = (
    "Every image with its source, licence, labels and split, free of copies; images that may be "
    "shipped are in folders of shards. `manifest.csv` is the table of all images, `card.md` the "
    "data card, `SHA256SUMS` and `provenance.intoto.json` say what was released, `CITATION.cff` "
    'whom to cite. In a notebook: `c19.load("xray", root="/kaggle/input/…")`. The licence of each '
    "image stands in its row; those of the sources are:"
)
_NOTES = re.compile(rf"Release (?P<version>\S+)\. SHA256SUMS: (?P<sums>{SHA256})")


def metadata(index: Index, repository: str) -> dict[str, Any]:
    """Return what `dataset-metadata.json` says, as Kaggle's own command line reads it.

    Args:
        index: What the release is.
        repository: `owner/name` of the dataset.
    """
    sources = [
        f"- {text(one.title)}, {text(one.owner)}: {text(one.licence)}, {one.shipped:,} images "
        f"here, {one.pointers:,} rows without"
        for one in index.sources
    ]
    paragraphs = [f"Release {index.version}. {WARNING}", _ABOUT, "\n".join(sources)]
    return {
        "id": repository,
        "title": TITLE,
        "subtitle": _SUBTITLE,
        "description": "\n\n".join(paragraphs).strip() + "\n",
        "licenses": [{"name": "other"}],  # "specified in description": each image has its own
    }


def notes(version: str, sums: str) -> str:
    """Return the notes of a version: the release, and the digest of its list of checksums."""
    return f"Release {version}. SHA256SUMS: {sums}"


def noted(words: str) -> tuple[str, str] | None:
    """Return the release and the digest that notes name; `None` where somebody else wrote them."""
    found = _NOTES.fullmatch(words.strip())
    if found is None or not is_version(found["version"]):
        return None
    return found["version"], found["sums"]
