"""Describe a release for Zenodo: from its CITATION.cff, and from what is in it."""

from html import escape
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from covid19_images.release.index import Index
from flows.proposal.markdown import WARNING
from flows.publish import ReleaseError
from flows.publish.citation import MAINTAINERS, TITLE

_KEYWORDS = ("COVID-19", "radiology", "chest X-ray", "computed tomography", "deduplication")
_ABOUT = (
    "Every image with its source, licence, labels and split, free of copies, with images that may "
    "be shipped in shards. manifest.csv is the table of all images, card.md the data card, and "
    "provenance.intoto.json the proof of where it comes from. The licence of each image stands in "
    "its row; whom to cite says CITATION.cff. Where there are more than a hundred files, some are "
    "in tars called packed-…; zenodo.json lists them."
)


def provisional(version: str) -> dict[str, Any]:
    """Return what is said of a version while its release is being made; people do not see it.

    Args:
        version: The release.
    """
    return {
        "title": TITLE,
        "upload_type": "dataset",
        "version": version,
        "publication_date": "-".join(version.split(".")[:3]),
        "creators": [{"name": MAINTAINERS}],
        "description": "<p>This release is being made.</p>",
        "access_right": "open",
        "license": "other-open",
    }


def metadata(index: Index, citation: Path) -> dict[str, Any]:
    """Return the metadata of a version, as Zenodo's deposit API wants it.

    Args:
        index: What the release is.
        citation: Its CITATION.cff.
    """
    says = _read(citation)
    sources = [
        f"<li>{escape(one.title)}, {escape(one.owner)}: {escape(one.licence)}, "
        f"{one.shipped:,} images here, {one.pointers:,} rows without</li>"
        for one in index.sources
    ]
    paragraphs = [f"<p>{escape(text)}</p>" for text in (" ".join(WARNING.split()), _ABOUT)]
    derived = sorted({one.url for one in index.sources if one.url.startswith("https://")})
    described = {
        "title": str(says["title"]),
        "upload_type": "dataset",
        "version": index.version,
        "publication_date": str(says["date-released"]),
        "creators": [{"name": _name(author)} for author in says["authors"]],
        "description": "".join([*paragraphs, "<ul>", *sources, "</ul>"]),
        "access_right": "open",
        "license": _licence(index),
        "keywords": list(_KEYWORDS),
        "references": [f"{one.owner}. {one.title}. {one.url}" for one in index.sources],
    }
    if derived:
        described["related_identifiers"] = [
            {"identifier": url, "relation": "isDerivedFrom", "resource_type": "dataset"}
            for url in derived
        ]
    return described


def _licence(index: Index) -> str:
    """Return Zenodo's word for licences that differ: it would take CC0 if nothing were said."""
    is_for_research_only = any("NC" in one.licence.split("-") for one in index.sources)
    return "other-nc" if is_for_research_only else "other-open"


def _name(author: dict[str, str]) -> str:
    if "family-names" in author:
        return f"{author['family-names']}, {author.get('given-names', '')}".rstrip(", ")
    return author["name"]


def _read(citation: Path) -> dict[str, Any]:
    try:
        return dict(yaml.safe_load(citation.read_text(encoding="utf-8")))
    except (yaml.YAMLError, ValueError, TypeError) as error:
        raise ReleaseError(f"CITATION.cff cannot be read: {error}") from None
