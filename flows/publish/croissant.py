"""Describe a release in Croissant, the metadata of ML datasets: https://docs.mlcommons.org/croissant/."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from covid19_images.manifest.record import COLUMNS
from covid19_images.release.index import Index, Shard, SmallFile
from covid19_images.release.proof import Predicate
from covid19_images.release.row import ADDED
from flows.publish import prov
from flows.publish.croissant_pictures import KINDS, file_set, of_layer, record_set
from flows.publish.shards import LAYERS

_TABLE = "manifest.parquet"
_NO_LICENCE = "https://choosealicense.com/no-permission/"
_REPOSITORY = "https://github.com/coyotespike/covid19-images"
# https://docs.mlcommons.org/croissant/docs/croissant-rai-spec.html
_RESPONSIBLE: Mapping[str, Any] = {
    "rai:dataCollection": (
        "Collected by the owners of the sources from hospitals, publications and other sets; here "
        "they are read every night, compared, and described in the same words."
    ),
    "rai:dataBiases": (
        "A class often comes from few sources, so that letters, borders and devices tell of it; "
        "card.md has figures of such shortcuts, and of a baseline on sources it never saw."
    ),
    "rai:dataUseCases": "Research on images; teaching; checks for copies and leaks.",
    "rai:dataLimitations": (
        "Not for policy or initial diagnosis. What a source does not say stays unknown; card.md"
        " counts it. What is drawn in a picture is not removed."
    ),
    "rai:personalSensitiveInformation": (
        "Medical images of persons, without metadata; names of files and notes that may tell a "
        "person are withheld. A takedown needs no reason."
    ),
}
# https://docs.mlcommons.org/croissant/docs/croissant-spec.html, in the order of its keys.
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
    **prov.CONTEXT,
}


def croissant(
    index: Index,
    table: SmallFile,
    base_url: str | None,
    warning: str,
    licences: Sequence[str],
    made: Predicate,
) -> str:
    """Write `croissant.json`: every row as a record, shipped images and squares as others.

    Args:
        index: What the release holds.
        table: The manifest as Parquet.
        base_url: Where releases can be had, up to the version; names are relative without.
        warning: What the collection may not be used for.
        licences: SPDX names of the images that are shipped.
        made: What its statement says it is made from.
    """
    sets = [found for found in (of_layer(index, layer) for layer in LAYERS) if found.shards]
    document = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "name": "covid19-images",
        "description": f"COVID-19 chest images from public repositories, free of copies. {warning}",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "version": _semantic(index.version),
        "datePublished": "-".join(index.version.split(".")[:3]),
        "license": [_licence(name) for name in licences] or _NO_LICENCE,
        "citeAs": "See CITATION.cff, which names every set in this release.",
        "url": _home(base_url),
        **_named(index),
        "sdVersion": _semantic(index.version),
        **prov.provenance(index, made, _home(base_url)),
        **_RESPONSIBLE,
        "distribution": [
            _table(index, table, base_url),
            *(_shard(index, shard, base_url) for one in sets for shard in one.shards),
            *map(file_set, sets),
        ],
        "recordSet": [_rows(), *map(record_set, sets)],
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _named(index: Index) -> dict[str, str]:
    """Return the release's DOI, and that of all releases as what it is a part of."""
    named = {"identifier": index.doi, "sameAs": index.doi, "isPartOf": index.concept_doi}
    return {name: f"https://doi.org/{doi}" for name, doi in named.items() if doi}


def _home(base_url: str | None) -> str:
    """Return the repository that the releases are of.

    >>> _home("https://github.com/somebody/images/releases/download")
    'https://github.com/somebody/images'
    """
    return (base_url or _REPOSITORY).rstrip("/").removesuffix("/releases/download")


def _licence(name: str) -> str:
    return _NO_LICENCE if name == "NOASSERTION" else f"https://spdx.org/licenses/{name}.html"


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
        "description": f"{shard.layer.capitalize()} of {shard.source}.",
        "contentUrl": _place(index, shard.name, shard.first_published, base_url),
        "contentSize": f"{shard.size} B",
        "encodingFormat": "application/x-tar",
        "sha256": shard.sha256,
    }


def _rows() -> dict[str, Any]:
    columns = [(c.name, KINDS[c.kind], c.kind == "list") for c in COLUMNS]
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
