"""The pictures of a release in Croissant: files of each layer, and records joined to their rows."""

from dataclasses import dataclass
from typing import Any

from covid19_images.manifest.columns import Kind
from covid19_images.manifest.record import COLUMNS
from covid19_images.release.index import Index, Layer, Shard

KINDS: dict[Kind, str] = {
    "text": "sc:Text",
    "enum": "sc:Text",
    "list": "sc:Text",
    "int": "sc:Integer",
    "float": "sc:Float",
    "bool": "sc:Boolean",
    "date": "sc:Date",
}
"""What Croissant calls the kinds of a column."""

_ID = "c19-" + 16 * "?"
_MEMBERS = [f"{_ID}.png", f"{_ID}.jpg", f"{_ID}-????.png"]  # not the renderings beside them
_STATED = frozenset(
    [
        "image_id",
        "split",
        "finding",
        "modality",
        "view",
        "source",
        "patient_id",
        "licence",
        "duplicate_of",
    ]
)
_OF_MEMBER = r"^(c19-[0-9a-f]{16}).*$"


@dataclass(frozen=True, slots=True)
class Pictures:
    """The pictures of one layer: what they are called, and how a file leads to its row.

    Attributes:
        name: Of the records.
        what: What they are, in words.
        shards: The tars that hold them.
        key: The manifest's column that a file's name leads to.
        pattern: What of the name is that column's value; `None` for all of it.
    """

    name: str
    what: str
    shards: tuple[Shard, ...]
    key: str
    pattern: str | None

    @property
    def file_set(self) -> str:
        """Return the name of the set of files."""
        return "image-files" if self.name == "images" else f"{self.name}-files"


def of_layer(index: Index, layer: Layer) -> Pictures:
    """Return what a release has of one layer; no shards where it has none."""
    shards = tuple(shard for shard in index.shards if shard.layer == layer)
    if layer == "images":
        return Pictures("images", "images", shards, "member", None)
    side = layer.removeprefix("sized")
    return Pictures(f"squares{side}", f"squares of {side} px", shards, "image_id", _OF_MEMBER)


def file_set(of: Pictures) -> dict[str, Any]:
    """Return the set of files."""
    return {
        "@type": "cr:FileSet",
        "@id": of.file_set,
        "name": of.file_set,
        "description": f"The {of.what} in the shards.",
        "containedIn": [{"@id": shard.name} for shard in of.shards],
        "encodingFormat": ["image/png", "image/jpeg"],
        "includes": _MEMBERS,
    }


def _joined(of: Pictures, name: str, kind: str, repeated: bool) -> dict[str, Any]:
    field = {
        "@type": "cr:Field",
        "@id": f"{of.name}/{name}",
        "name": name,
        "description": f"The column {name} of the picture's row in the manifest.",
        "dataType": kind,
        "source": {"field": {"@id": f"manifest/{name}"}},
    }
    return field | {"repeated": True} if repeated else field


def record_set(of: Pictures) -> dict[str, Any]:
    """Return the records: pictures, each with what its row says."""
    files = {"fileSet": {"@id": of.file_set}}
    named: dict[str, Any] = files | {"extract": {"fileProperty": "filename"}}
    if of.pattern:
        named["transform"] = {"regex": of.pattern}
    key = {
        "@type": "cr:Field",
        "@id": f"{of.name}/{of.key}",
        "name": of.key,
        "description": f"By its name in the shard: `{of.key}` of the manifest.",
        "dataType": "sc:Text",
        "source": named,
        # What is said of a picture is joined by this.
        "references": {"field": {"@id": f"manifest/{of.key}"}},
    }
    content = {
        "@type": "cr:Field",
        "@id": f"{of.name}/content",
        "name": "content",
        "description": "The picture.",
        "dataType": "sc:ImageObject",
        "source": files | {"extract": {"fileProperty": "content"}},
    }
    stated = [column for column in COLUMNS if column.name in _STATED - {of.key}]
    return {
        "@type": "cr:RecordSet",
        "@id": of.name,
        "name": of.name,
        "description": (
            f"The {of.what}: a record for each row whose picture is shipped; those with"
            " duplicate_of show a picture that another row shows too."
        ),
        "field": [
            key,
            content,
            *(_joined(of, c.name, KINDS[c.kind], c.kind == "list") for c in stated),
        ],
    }
