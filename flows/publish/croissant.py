"""Describe a release in Croissant, the metadata of ML datasets: https://docs.mlcommons.org/croissant/."""

import json
from collections.abc import Sequence
from typing import Any

from covid19_images.records import COLUMNS, Kind
from covid19_images.release.index import Index, Shard, SmallFile
from covid19_images.release.rows import ADDED

_KINDS: dict[Kind, str] = {
    "text": "sc:Text",
    "enum": "sc:Text",
    "list": "sc:Text",
    "int": "sc:Integer",
    "float": "sc:Float",
    "bool": "sc:Boolean",
    "date": "sc:Date",
}
_TABLE = "manifest.parquet"
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "excludes": "cr:excludes",
    "isLiveDataset": "cr:isLiveDataset",
    "key": "cr:key",
    "recordSet": "cr:recordSet",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "sc": "https://schema.org/",
    "source": "cr:source",
    "transform": "cr:transform",
}


def croissant(index: Index, table: SmallFile, base_url: str | None, warning: str) -> str:
    """Write `croissant.json`: every row as a record, every shipped image as another.

    Args:
        index: What the release holds.
        table: The manifest as Parquet.
        base_url: Where releases can be had, up to the version; names are relative without.
        warning: What the collection may not be used for.
    """
    shards = [shard for shard in index.shards if shard.layer == "images"]
    told = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "name": "covid19-images",
        "description": f"COVID-19 chest images from public repositories, free of copies. {warning}",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "version": _semantic(index.version),
        "datePublished": "-".join(index.version.split(".")[:3]),
        "license": "https://choosealicense.com/no-permission/",
        "citeAs": "See CITATION.cff, which names every set in this release.",
        "url": base_url or "https://github.com/topics/covid19-images",
        "distribution": [_table(index, table, base_url)]
        + [_shard(index, shard, base_url) for shard in shards],
        "recordSet": [_rows()],
    }
    if shards:
        told["distribution"].append(_images(shards))  # type: ignore[attr-defined]
        told["recordSet"].append(_pictures())  # type: ignore[attr-defined]
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


def _semantic(version: str) -> str:
    """Turn the release's day into the three numbers that Croissant wants.

    >>> _semantic("2026.11.03.2")
    '2026.11.3002'
    """
    year, month, day, *second = (int(part) for part in version.split("."))
    patch = day * 1000 + second[0] if second else day
    return f"{year}.{month}.{patch}"


def _place(index: Index, name: str, release: str, base_url: str | None) -> str:
    if base_url:
        return f"{base_url.rstrip('/')}/{release}/{name}"
    return name if release == index.version else f"../{release}/{name}"


def _table(index: Index, table: SmallFile, base_url: str | None) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": _TABLE,
        "name": _TABLE,
        "description": "One row for each image.",
        "contentUrl": _place(index, _TABLE, index.version, base_url),
        "contentSize": f"{table.size} B",
        "encodingFormat": "application/x-parquet",
        "sha256": table.sha256,
    }


def _shard(index: Index, shard: Shard, base_url: str | None) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": shard.name,
        "name": shard.name,
        "description": f"Images of {shard.source}.",
        "contentUrl": _place(index, shard.name, shard.first_published, base_url),
        "contentSize": f"{shard.size} B",
        "encodingFormat": "application/x-tar",
        "sha256": shard.sha256,
    }


def _images(shards: Sequence[Shard]) -> dict[str, Any]:
    return {
        "@type": "cr:FileSet",
        "@id": "image-files",
        "name": "image-files",
        "description": "The images in the shards.",
        "containedIn": [{"@id": shard.name} for shard in shards],
        "encodingFormat": "image/*",
        "includes": ["*.png", "*.jpg"],
        "excludes": ["*.8bit.png"],
    }


def _rows() -> dict[str, Any]:
    columns = [(c.name, _KINDS[c.kind], c.kind == "list") for c in COLUMNS]
    columns += [(n, "sc:Boolean" if n == "redistributable" else "sc:Text", False) for n in ADDED]
    return {
        "@type": "cr:RecordSet",
        "@id": "manifest",
        "name": "manifest",
        "description": "One record for each row of the manifest.",
        "field": [_field(*column) for column in columns],
    }


def _field(name: str, kind: str, repeated: bool) -> dict[str, Any]:
    field = {
        "@type": "cr:Field",
        "@id": f"manifest/{name}",
        "name": name,
        "description": f"The column {name}: see docs/manifest.md.",
        "dataType": kind,
        "source": {"fileObject": {"@id": _TABLE}, "extract": {"column": name}},
    }
    return field | {"repeated": True} if repeated else field


def _pictures() -> dict[str, Any]:
    files = {"fileSet": {"@id": "image-files"}}
    return {
        "@type": "cr:RecordSet",
        "@id": "images",
        "name": "images",
        "description": "One record for each picture that is shipped.",
        "field": [
            {
                "@type": "cr:Field",
                "@id": "images/member",
                "name": "member",
                "description": "Its name in the shard; the column `member` of the manifest.",
                "dataType": "sc:Text",
                "source": files | {"extract": {"fileProperty": "filename"}},
            },
            {
                "@type": "cr:Field",
                "@id": "images/content",
                "name": "content",
                "description": "The picture.",
                "dataType": "sc:ImageObject",
                "source": files | {"extract": {"fileProperty": "content"}},
            },
        ],
    }
