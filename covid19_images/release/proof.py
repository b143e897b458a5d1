"""What a release proves of itself: an in-toto statement with a SLSA provenance predicate.

Subjects are all that the release consists of; dependencies are what it was made from. It stands
in an envelope beside the other files, which a key signs where there is one.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic.alias_generators import to_camel

from covid19_images.manifest.identifiers import Sha256, Version
from covid19_images.release.envelope import EnvelopeError, KeyName
from covid19_images.release.index import PROOF, Shard, SmallFile

BUILD_TYPE = "https://github.com/coyotespike/covid19-images/blob/main/docs/releases.md#proof"
EVERY_DAYS = 7
"""How often the schedule looks for something to release."""

_ROWS = "rows"  # begins the names of subjects that are rows and no file
Digest = Annotated[str, StringConstraints(pattern="^([0-9a-f]{40}|[0-9a-f]{64})$")]


class _Part(BaseModel):
    model_config = ConfigDict(
        extra="ignore", frozen=True, alias_generator=to_camel, populate_by_name=True
    )


class Sha(_Part):
    """A digest of content."""

    sha256: Sha256


class Subject(_Part):
    """Something that the statement vouches for: a file, or a set of rows of the manifest."""

    name: str
    digest: Sha


class Dependency(_Part):
    """Something that the release was made from.

    Attributes:
        name: What it is to us: `upstream/NAME`, `collection`, `code`, `config` or `release before`.
        uri: Where it is.
        digest: What it is; `gitCommit` or `sha256`.
        annotations: What else there is to know.
    """

    name: str
    uri: str = ""
    digest: Mapping[Literal["gitCommit", "sha256"], Digest]
    annotations: Mapping[str, str] = Field(default_factory=dict)


class External(_Part):
    """What was asked for: this version, by these rules for members of shards."""

    version: Version
    processing: int


class Internal(_Part):
    """What the maker adds.

    Attributes:
        signers: The keys that may sign the next release; to change a key, both sign one release.
        every_days: How often the maker looks for something to release.
    """

    signers: tuple[KeyName, ...] = ()
    every_days: int = Field(default=EVERY_DAYS, gt=0)


class Definition(_Part):
    """How the release was made, and from what."""

    build_type: str = BUILD_TYPE
    external_parameters: External
    internal_parameters: Internal = Internal()
    resolved_dependencies: tuple[Dependency, ...] = ()


class Builder(_Part):
    """Who made it."""

    id: str
    version: Mapping[str, str] = Field(default_factory=dict)


class Run(_Part):
    """The run that made it."""

    builder: Builder


class Predicate(_Part):
    """Provenance, as SLSA writes it."""

    build_definition: Definition
    run_details: Run


class Statement(BaseModel):
    """An in-toto statement.

    Attributes:
        subject: What it vouches for.
        predicate: Where that comes from.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)
    type: Literal["https://in-toto.io/Statement/v1"] = Field(
        default="https://in-toto.io/Statement/v1", alias="_type"
    )
    subject: tuple[Subject, ...]
    predicateType: Literal["https://slsa.dev/provenance/v1"] = "https://slsa.dev/provenance/v1"  # noqa: N815  in-toto's name
    predicate: Predicate

    @property
    def version(self) -> str:
        """Return the release it speaks of."""
        return self.predicate.build_definition.external_parameters.version

    @property
    def internal(self) -> Internal:
        """Return what the maker adds."""
        return self.predicate.build_definition.internal_parameters

    @property
    def dependencies(self) -> Mapping[str, Dependency]:
        """Return what the release was made from, by name."""
        return {one.name: one for one in self.predicate.build_definition.resolved_dependencies}

    @property
    def files(self) -> dict[str, str]:
        """Return the sha256 of every file, by name."""
        return {one.name: one.digest.sha256 for one in self.subject if not _is_rows(one.name)}

    @property
    def row_sets(self) -> dict[str, str]:
        """Return the sha256 of every set of rows, by name."""
        return {one.name: one.digest.sha256 for one in self.subject if _is_rows(one.name)}

    def dumps(self) -> str:
        """Write it as JSON, the same bytes for the same content."""
        return self.model_dump_json(by_alias=True)


def subjects(files: Iterable[SmallFile | Shard], row_sets: Mapping[str, str]) -> list[Subject]:
    """List what a statement vouches for, sorted."""
    digests = {file.name: file.sha256 for file in files} | dict(row_sets)
    return [Subject(name=name, digest=Sha(sha256=one)) for name, one in sorted(digests.items())]


def loads(text: bytes) -> Statement:
    """Read a statement.

    Raises:
        EnvelopeError: It is none, or names a subject twice.
    """
    try:
        statement = Statement.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the text"
        raise EnvelopeError(
            f"it holds no statement of a release: {where}: {first['msg']}"
        ) from None
    if len({one.name for one in statement.subject}) != len(statement.subject):
        raise EnvelopeError("it names something twice")
    return statement


def sums(statement: Statement, envelope: bytes) -> str:
    """Return the `SHA256SUMS` that must stand beside a statement: it follows from it."""
    digests = statement.files | {PROOF: hashlib.sha256(envelope).hexdigest()}
    return "".join(f"{digests[name]}  {name}\n" for name in sorted(digests))


def _is_rows(name: str) -> bool:
    return name.partition("/")[0] == _ROWS
