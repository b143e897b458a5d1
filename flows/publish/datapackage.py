"""Describe a release's tables as a data package, for Frictionless: https://datapackage.org/."""

import json
from collections.abc import Sequence
from typing import Any

from covid19_images.manifest.columns import Kind
from covid19_images.manifest.record import COLUMNS
from covid19_images.release.index import Index, SmallFile
from covid19_images.release.row import ADDED

NAME = "datapackage.json"
_PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
_KINDS: dict[Kind, str] = {
    "text": "string",
    "enum": "string",
    "list": "string",  # its words are parted by semicolons
    "int": "integer",
    "float": "number",
    "bool": "boolean",
    "date": "date",
}


def datapackage(index: Index, manifest: SmallFile, licences: Sequence[str]) -> str:
    """Write `datapackage.json`.

    Args:
        index: What the release is.
        manifest: `manifest.csv`.
        licences: SPDX names of the images that are shipped.
    """
    document = {
        "$schema": _PROFILE,
        "name": "covid19-images",
        "title": "COVID-19 chest images, free of copies",
        "version": index.version,
        **({"id": f"https://doi.org/{index.doi}"} if index.doi else {}),
        "created": "-".join(index.version.split(".")[:3]) + "T00:00:00Z",
        "licenses": [{"name": name} for name in licences],
        "sources": [_source(one.title, one.url) for one in index.sources],
        "resources": [_manifest(manifest)],
    }
    if not licences:  # the standard wants one at least, or none of the key
        del document["licenses"]
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _source(title: str, url: str) -> dict[str, str]:
    return {"title": title} | ({"path": url} if url.startswith("https://") else {})


def _manifest(file: SmallFile) -> dict[str, Any]:
    return {
        "name": "manifest",
        "type": "table",
        "path": file.name,
        "title": "One row for each image; docs/manifest.md explains the columns.",
        "scheme": "file",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": file.size,
        "hash": f"sha256:{file.sha256}",
        "schema": {
            "fields": _fields(),
            "missingValues": [""],
            "primaryKey": ["source", "path"],
        },
    }


def _fields() -> list[dict[str, Any]]:
    fields = [_field(column.name, _KINDS[column.kind]) for column in COLUMNS]
    return fields + [
        _field(name, "boolean" if name == "redistributable" else "string") for name in ADDED
    ]


def _field(name: str, kind: str) -> dict[str, Any]:
    if kind != "boolean":
        return {"name": name, "type": kind}
    return {"name": name, "type": kind, "trueValues": ["true"], "falseValues": ["false"]}
