"""What the bot is told: config/, checked before anything else happens."""

import difflib
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from covid19_images.records import COLUMNS
from covid19_images.release import rights
from covid19_images.release.rights import Licences, RightsError
from flows.compute import Compute
from flows.decisions import Decisions
from flows.expect import Expect
from flows.layouts.fields import FIELDS

_YES_NO = ("died", "icu", "intubated", "oxygen", "survival", "yes_no")
_OUR_WORDS: Mapping[str, Sequence[str]] = {
    **{column.name: column.words for column in COLUMNS if column.words},
    **dict.fromkeys(_YES_NO, ("yes", "no")),
}
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class ConfigError(Exception):
    """Say which file and key is wrong, and what would be right."""


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _field(name: str) -> str:
    if name not in FIELDS:
        raise ValueError(f"there is no field {name!r}; the fields are: {', '.join(sorted(FIELDS))}")
    return name


def _pattern(text: str) -> str:
    try:
        compiled = re.compile(text)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    for group in compiled.groupindex:
        _field(group)
    return text


def _patient(text: str) -> str:
    if re.compile(_pattern(text)).groups == 0:
        raise ValueError("it has no group; put ( ) round the part that is the patient")
    return text


def _values(values: Mapping[str, Mapping[str, Sequence[str]]]) -> object:
    """Check that what upstream's words mean are words of ours."""
    for field, table in values.items():
        ours = _OUR_WORDS.get(field, ())
        for word, meant in table.items() if ours else ():
            for odd in sorted(set(meant) - {*ours, ""}):
                raise ValueError(
                    f"{field}.{word} means {odd!r}; it must mean one of {', '.join(ours)}"
                )
    return values


def _url(text: str) -> str:
    if text.startswith("-") or any(c.isspace() or not c.isprintable() or c == "\\" for c in text):
        raise ValueError("a url must not begin with '-' or hold spaces or backslashes")
    if re.match(r"https?://[^/]*@|[a-z+]+://[^/]*:[^/]*@", text):
        raise ValueError("a url must not hold a password or token; git reads those elsewhere")
    return text


def _flaw(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9]{1,60}", text):
        raise ValueError(f"{text!r} is not how git names a flaw; see `git help fsck`")
    return text


def _branch(text: str) -> str:
    if text.startswith("-") or ".." in text or not re.fullmatch(r"[\w./-]+", text):
        raise ValueError("not a branch name")
    return text


FieldName = Annotated[str, AfterValidator(_field)]
Pattern = Annotated[str, AfterValidator(_pattern)]
Url = Annotated[str, AfterValidator(_url)]
Flaw = Annotated[str, AfterValidator(_flaw)]
Host = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")]
Columns = Annotated[tuple[str, ...], BeforeValidator(_listed)]
Words = Annotated[tuple[str, ...], BeforeValidator(_listed)]
Globs = Annotated[tuple[str, ...], BeforeValidator(_listed)]


_Model = TypeVar("_Model", bound=BaseModel)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Table(_Strict):
    """Labels in a table: which file, how a row names its image, which column says what."""

    files: Globs = Field(min_length=1)
    path: str
    fields: dict[FieldName, Columns] = {}
    unused: tuple[str, ...] = ()


class PathRule(_Strict):
    """Labels in folder and file names: named groups, or fixed values where a path matches."""

    match: Pattern
    set: dict[FieldName, str] = {}


class Patient(_Strict):
    """How an upstream's patient id is read.

    Attributes:
        pattern: A regular expression whose first group is the patient; the whole id otherwise.
        readable: Whether the id is a bare study number that may stand in the manifest as it is.
    """

    pattern: Annotated[str, AfterValidator(_patient)] | None = None
    readable: bool = False


class Files(_Strict):
    """Which paths of the upstream are images, and which are known not to be."""

    images: Globs = Field(min_length=1)
    ignore: Globs = ()


class Identity(_Strict):
    """Whose repository it is, in numbers that a new owner of an old name cannot have.

    Attributes:
        repository: GitHub's number of the repository.
        owner: GitHub's number of the account it belongs to.
    """

    repository: int = Field(gt=0)
    owner: int = Field(gt=0)


class Source(_Strict):
    """One upstream: `config/sources/NAME.toml`.

    Attributes:
        fsck_ignore: Flaws of its git objects that are let pass, by git's names for them.
        identity: Whose repository it must be; otherwise as it was when it was first taken in.
    """

    name: str = Field(pattern=NAME.pattern)
    title: str
    url: Url
    upstream: Url | None = None
    fork: Annotated[str, Field(pattern=r"^[\w.-]+/[\w.-]+$")] | None = None
    branch: Annotated[str, AfterValidator(_branch)] | None = None
    order: int = Field(ge=0, description="lower is closer to the owner; its copy is kept")
    owner: str
    licence: str = "NOASSERTION"
    fsck_ignore: tuple[Flaw, ...] = ()
    identity: Identity | None = None
    files: Files
    tables: tuple[Table, ...] = ()
    paths: tuple[PathRule, ...] = ()
    always: dict[FieldName, str] = {}
    patient: Patient = Patient()
    expect: Expect = Expect()
    cooldown_days: int | None = Field(default=None, ge=0)
    values: Annotated[dict[FieldName, dict[str, Words]], AfterValidator(_values)] = {}

    @model_validator(mode="after")
    def _table_paths(self) -> Self:
        for table in self.tables:
            if not re.search(r"\{[^{}]+\}", table.path):
                raise ValueError(
                    f"tables.path is {table.path!r}; it must name a column, as in "
                    "'images/{filename}'"
                )
        return self


class Vocabulary(_Strict):
    """The collection's words: `config/vocabulary.toml`."""

    unknown: tuple[str, ...]
    findings: tuple[str, ...]
    values: Annotated[dict[str, dict[str, Words]], AfterValidator(_values)]
    countries: dict[str, str] = {}


class Forge(_Strict):
    """Where proposals go.

    Attributes:
        kind: A local folder, or pull requests on GitHub.
        folder: Where the folder's pages are written; GitHub's review page too.
        push: Whether the folder's branch is pushed to the checkout's origin.
        repository: `owner/name` on GitHub; Actions tell it in GITHUB_REPOSITORY.
        server: Address of GitHub for people and git; Actions tell it in GITHUB_SERVER_URL.
        api: Address of its API; Actions tell it in GITHUB_API_URL.
        labels: Put on every proposal, and created where they are missing.
        reviewers: Logins that are asked to review every proposal.
    """

    kind: Literal["folder", "github"] = "folder"
    folder: str = ".proposals"
    push: bool = False
    repository: Annotated[str, Field(pattern=r"^[\w.-]+/[\w.-]+$")] | None = None
    server: Url = "https://github.com"
    api: Url = "https://api.github.com"
    labels: tuple[str, ...] = ("sync",)
    reviewers: tuple[str, ...] = ()


class Publish(_Strict):
    """Where releases go, and where people get them.

    Attributes:
        kind: A local folder, which needs no account, or GitHub, as the forge has it.
        folder: That folder, in the checkout or anywhere.
        url: Where releases can be downloaded from, up to the version: `https://github.com/OWNER/
            REPO/releases/download`. Without it, names in a release are relative.
    """

    kind: Literal["folder", "github"] = "folder"
    folder: str = ".releases"
    url: Url | None = None


class Policy(_Strict):
    """How the bot behaves: `config/policy.toml`.

    Attributes:
        base: Proposals are measured against this branch.
        branch: Proposals are laid on this branch.
        protocols: Transports an upstream url may use; http only to this machine.
        hosts: Hosts it may lead to, or redirect to.
        max_file_bytes: A larger file is refused.
        max_pixels: A larger picture is refused.
        max_paths: An upstream with more paths is refused.
        max_fetch_bytes: What one request to an upstream may bring.
        max_clone_bytes: What the clone of one upstream may hold.
        min_free_bytes: Nothing is fetched when less than this is free on the disk.
        decoder_memory_bytes: What decoding one file may need.
        decoder_seconds: Processor time it may take.
        hold_removed_share: A proposal that drops more of a source is held.
        ignore_days: How long a source is left alone when somebody asks for it.
        forge: Where proposals go.
    """

    base: str = "main"
    branch: str = "sync/datasets"
    protocols: tuple[Literal["https", "ssh", "file", "http"], ...] = ("https", "ssh")
    hosts: tuple[Host, ...] = ("github.com",)
    max_file_bytes: int = Field(default=256 * 2**20, gt=0)
    max_pixels: int = Field(default=100_000_000, gt=0)
    max_paths: int = Field(default=1_000_000, gt=0)
    max_fetch_bytes: int = Field(default=2 * 2**30, gt=0)
    max_clone_bytes: int = Field(default=64 * 2**30, gt=0)
    min_free_bytes: int = Field(default=2**30, ge=0)
    decoder_memory_bytes: int = Field(default=6 * 2**30, gt=0)
    decoder_seconds: int = Field(default=120, gt=0)
    hold_removed_share: float = Field(default=0.2, ge=0, le=1)
    ignore_days: int = Field(default=30, gt=0)
    cooldown_days: int = Field(default=0, ge=0)
    alarm_days: int = Field(default=3, gt=0)
    forge: Forge = Forge()
    release: Publish = Publish()
    compute: Compute = Compute()


class Config(_Strict):
    """Everything in `config/`."""

    policy: Policy
    vocabulary: Vocabulary
    sources: tuple[Source, ...]
    decisions: Decisions = Decisions()
    licences: Licences = {}

    def source(self, name: str) -> Source:
        """Find a source by name.

        Raises:
            ConfigError: When there is none of that name.
        """
        for source in self.sources:
            if source.name == name:
                return source
        names = ", ".join(source.name for source in self.sources)
        raise ConfigError(f"There is no source {name!r} in config/sources; there are: {names}.")


def deciding(config: Config, text: str) -> Config:
    """Put other decisions into a configuration: the text of a `config/decisions.toml`.

    Raises:
        ConfigError: When the text is no valid file of decisions.
    """
    return config.model_copy(update={"decisions": _parsed(Decisions, text, "decisions.toml")})


def load(folder: Path) -> Config:
    """Read and check `config/`.

    Raises:
        ConfigError: With the file, the key and what would be right; nothing has been done yet.
    """
    files = sorted((folder / "sources").glob("*.toml"))
    if not files:
        raise ConfigError(f"{folder}/sources holds no source. Add one TOML file per upstream.")
    vocabulary = _checked(Vocabulary, folder / "vocabulary.toml")
    _check_findings(folder / "vocabulary.toml", vocabulary, vocabulary)
    sources = [_checked(Source, file, name=file.stem) for file in files]
    for file, source in zip(files, sources, strict=True):
        _check_findings(file, source, vocabulary)
    return Config(
        policy=_checked(Policy, folder / "policy.toml"),
        vocabulary=vocabulary,
        sources=tuple(sources),
        decisions=_decisions(folder / "decisions.toml"),
        licences=_licences(folder / "licences.toml"),
    )


def _decisions(file: Path) -> Decisions:
    return _checked(Decisions, file) if file.exists() else Decisions()


def _licences(file: Path) -> Licences:
    try:
        return rights.load(file)
    except RightsError as error:
        raise ConfigError(f"{error} Nothing was changed.") from None


def parse_source(text: str, file: Path) -> Source:
    """Read and check the text of one source's file, which need not be there.

    Raises:
        ConfigError: With the file, the key and what would be right.
    """
    return _parsed(Source, text, file, name=file.stem)


def _check_findings(file: Path, told: Source | Vocabulary, vocabulary: Vocabulary) -> None:
    for word, meant in told.values.get("finding", {}).items():
        for odd in sorted(set(meant) - {*vocabulary.findings, ""}):
            near = difflib.get_close_matches(odd, vocabulary.findings, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ConfigError(
                f"{file}: values.finding.{word} means {odd!r}, which is not among the findings of "
                f"vocabulary.toml{hint}. Nothing was changed."
            )


def _checked(model: type[_Model], file: Path, **known: str) -> _Model:
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        problem = "the file is not there"
    except UnicodeDecodeError:
        problem = "the file is not UTF-8"
    else:
        return _parsed(model, text, file, **known)
    raise ConfigError(f"{file}: {problem}. Nothing was changed.")


def _parsed(model: type[_Model], text: str, file: Path | str, **known: str) -> _Model:
    try:
        return model.model_validate(tomllib.loads(text) | known)
    except tomllib.TOMLDecodeError as error:
        problem = f"not valid TOML: {error}"
    except ValidationError as error:
        problem = "; ".join(_sentence(model, dict(one)) for one in error.errors())
    raise ConfigError(f"{file}: {problem}. Nothing was changed.")


def _sentence(model: type[BaseModel], error: Mapping[str, Any]) -> str:
    """Say one validation error with the key it is about and what would be right."""
    key = ".".join(map(str, error["loc"])) or "the file"
    if error["type"] == "extra_forbidden":
        name = str(error["loc"][-1])
        near = difflib.get_close_matches(name, _keys(model), n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        return f"there is no key {key!r}{hint}"
    message = str(error["msg"]).removeprefix("Value error, ")
    return f"{key} is missing" if error["type"] == "missing" else f"{key}: {message}"


def _keys(model: type[BaseModel]) -> list[str]:
    """List the keys of a model and of the models inside it."""
    parts = (Files, Table, PathRule, Patient, Expect, Identity, Forge, Publish, Compute)
    inner = [part for part in parts if model in (Source, Policy)]
    return [name for m in (model, *inner) for name in m.model_fields]
