"""The release's table of contents, `index.json`.

It comes over a network or from somebody's disk: it is checked here, once, and no name in it
can lead outside the folder it is used in.
"""

import datetime as dt
import re
from collections import Counter
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from covid19_images.manifest import identifiers
from covid19_images.manifest.identifiers import (
    Doi,
    FileName,
    ImageId,
    Licence,
    Sha256,
    ShardName,
    SourceName,
    Version,
)
from covid19_images.manifest.reasons import ReasonClass
from covid19_images.manifest.record import Modality

SCHEMA_VERSION = "1.2.0"
"""Of `index.json` and of the columns a release adds; a reader refuses another major number."""

INDEX, SUMS, REGISTRY = "index.json", "SHA256SUMS", "registry.txt"
MANIFEST = "manifest.csv"
PROOF = "provenance.intoto.json"
_RESERVED = frozenset(
    f"{INDEX} {SUMS} {REGISTRY} {PROOF} latest.txt checked.json selection.json trusted.json rows "
    "shards pointers cache".split()
)  # what a copy itself writes: no release may have a file of that name

Sentence = Annotated[str, Field(pattern=r"^[ -~]{1,500}$")]
"""What a program prints as it is: one line, without anything that a terminal obeys."""

Layer = Literal["images", "sized224", "sized512", "features"]


class IndexFormatError(ValueError):
    """Raised for what is wrong with a release's index."""


class _Strict(BaseModel):
    # A later minor version of the schema may add keys: they are read over.
    model_config = ConfigDict(extra="ignore", frozen=True)


class Shard(_Strict):
    """One tar of images.

    Attributes:
        name: Its file name.
        layer: What it holds: the images, squares of 224 or 512 pixels, or the features the bot
            recognises copies by, which nobody else needs.
        source: The source all its images come from; `all` for features.
        modalities: Kinds of picture in it, sorted.
        images: How many rows of the manifest have their picture in it.
        size: In bytes.
        sha256: Of the file.
        first_published: The release that holds the file; later ones only point there.
    """

    name: ShardName
    layer: Layer
    source: SourceName
    modalities: tuple[Modality, ...] = ()
    images: int = Field(ge=0)
    size: int = Field(ge=0)
    sha256: Sha256
    first_published: Version


class SmallFile(_Strict):
    """A file that every release holds itself: the manifest, the data card and so on."""

    name: FileName
    size: int = Field(ge=0)
    sha256: Sha256


class SourceEntry(_Strict):
    """What a release holds of one source.

    Attributes:
        name: The source's name.
        title: What its owner calls it.
        owner: Who owns it.
        url: Its upstream repository.
        commit: The upstream commit that is described.
        licence: SPDX id of the whole set; single images may have another.
        shipped: Images whose pictures are in the shards.
        pointers: Images that have to be fetched from the upstream.
    """

    name: SourceName
    title: str
    owner: str
    url: str
    commit: str
    licence: Licence
    shipped: int = Field(ge=0)
    pointers: int = Field(ge=0)


class Tombstone(_Strict):
    """An image that was taken down: nothing is left of it but this."""

    image_id: ImageId
    date: dt.date
    reason: ReasonClass


class Growth(_Strict):
    """How many images a release had."""

    version: Version
    shipped: int = Field(ge=0)
    pointers: int = Field(ge=0)


class Index(_Strict):
    """What a release is.

    Attributes:
        schema_version: Of this file, semantic.
        version: Of the release: its day, and a number for a second one on that day.
        commit: The commit of the collection it was built from.
        processing: Version of the rules by which files become members of shards.
        sources: What is in it, by source.
        files: The small files.
        shards: The shards, here or in earlier releases.
        tombstones: What was taken down, ever.
        history: Sizes of all releases up to this one.
        shortcuts: What tells labels of its training sets without the lungs, a sentence for each
            set that fails its audit.
        doi: What this release is cited by, reserved before it was published; `None` where nobody
            could reserve one.
        concept_doi: What leads to the newest release; `None` where there is no record of them.
    """

    schema_version: str = SCHEMA_VERSION
    version: Version
    commit: str = ""
    processing: int = 1
    sources: tuple[SourceEntry, ...] = ()
    files: tuple[SmallFile, ...] = ()
    shards: tuple[Shard, ...] = ()
    tombstones: tuple[Tombstone, ...] = ()
    history: tuple[Growth, ...] = ()
    shortcuts: tuple[Sentence, ...] = ()
    doi: Doi | None = None
    concept_doi: Doi | None = None

    def has(self, name: str) -> bool:
        """Return whether there is a small file of that name."""
        return any(file.name == name for file in self.files)

    def dumps(self) -> str:
        """Write it as JSON, the same bytes for the same content."""
        return self.model_dump_json(indent=1) + "\n"


def loads(text: str | bytes) -> Index:
    """Read an index.

    Raises:
        IndexFormatError: It is not one, or one of a later major schema.
    """
    try:
        index = Index.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise IndexFormatError(
            f"{INDEX} is not the index of a release: {where}: {first['msg']}."
        ) from None
    if index.schema_version.partition(".")[0] != SCHEMA_VERSION.partition(".")[0]:
        raise IndexFormatError(
            f"{INDEX} has schema version {index.schema_version!r}, and this program reads "
            f"{SCHEMA_VERSION}. Install a newer covid19-images."
        )
    names = [file.name for file in index.files] + [shard.name for shard in index.shards]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise IndexFormatError(f"{INDEX} names {min(twice)} twice.")
    ours = [name for name in names if name in _RESERVED or name.endswith(".part")]
    if ours:
        raise IndexFormatError(f"{INDEX} lists {ours[0]}, a name that a copy keeps for itself.")
    return index


def version_key(version: str) -> tuple[int, ...]:
    """Return what versions are ordered by.

    >>> sorted(["2026.11.23.10", "2026.11.23", "2026.11.23.2"], key=version_key)
    ['2026.11.23', '2026.11.23.2', '2026.11.23.10']
    """
    return tuple(int(part) for part in version.split("."))


def is_version(text: str) -> bool:
    """Return whether a text is the version of a release."""
    return re.fullmatch(identifiers.VERSION, text) is not None
