"""Load `config/` and check it before anything else happens."""

import difflib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    ValidationError,
)

from flows.config import licences as rights
from flows.config.decisions import Decisions
from flows.config.expect import Expect
from flows.config.licences import Licences, RightsError
from flows.config.source import (
    Files,
    Host,
    Identity,
    PathRule,
    Patient,
    Source,
    Strict,
    Table,
    Url,
    Words,
    our_words,
)
from flows.sandbox.base import Compute


class ConfigError(Exception):
    """Say which file and key is wrong, and what would be right."""


_Model = TypeVar("_Model", bound=BaseModel)


RANGED = ("age", "event_offset", "offset", "spo2", "temperature")
Range = tuple[float, float]


def _ranges(ranges: dict[str, Range]) -> dict[str, Range]:
    for name, (least, most) in ranges.items():
        if name not in RANGED:
            raise ValueError(f"{name} has no range; ranges are of: {', '.join(RANGED)}")
        if least > most:
            raise ValueError(f"{name} goes from {least:g} to {most:g}; write the smaller one first")
    return ranges


class Vocabulary(Strict):
    """The collection's words: `config/vocabulary.toml`.

    Attributes:
        unknown: Words that say nothing.
        findings: What the column `finding` may hold.
        values: What upstreams' words mean, by field.
        countries: Names of countries that ISO 3166 spells in another way.
        ranges: The least and most that a quantity can be; beyond that it is reported and left out.
    """

    unknown: tuple[str, ...]
    findings: tuple[str, ...]
    values: Annotated[dict[str, dict[str, Words]], AfterValidator(our_words)]
    countries: dict[str, str] = Field(default_factory=dict)
    ranges: Annotated[dict[str, Range], AfterValidator(_ranges)] = Field(default_factory=dict)


class Forge(Strict):
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


class Publish(Strict):
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


class Policy(Strict):
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
        upstream_seconds: What all git commands for one source may take together in one run.
        min_free_bytes: Nothing is fetched when less than this is free on the disk.
        decoder_memory_bytes: What decoding one file may need.
        decoder_seconds: Processor time it may take.
        hold_removed_share: A proposal that drops more of a source waits for review.
        hold_labels_lost_share: Where more of what a table says vanishes, the labels stay and the
            proposal waits for review.
        hold_relabelled_share: One that changes the labels of more of a source waits for review.
        hold_refused_share: A proposal in which more of the new files of a source cannot be read
            waits for review.
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
    upstream_seconds: int = Field(default=3600, gt=0)
    min_free_bytes: int = Field(default=2**30, ge=0)
    decoder_memory_bytes: int = Field(default=6 * 2**30, gt=0)
    decoder_seconds: int = Field(default=120, gt=0)
    hold_removed_share: float = Field(default=0.2, ge=0, le=1)
    hold_labels_lost_share: float = Field(default=0.2, ge=0, le=1)
    hold_relabelled_share: float = Field(default=0.2, ge=0, le=1)
    hold_refused_share: float = Field(default=0.2, ge=0, le=1)
    ignore_days: int = Field(default=30, gt=0)
    cooldown_days: int = Field(default=0, ge=0)
    alarm_days: int = Field(default=3, gt=0)
    forge: Forge = Forge()
    release: Publish = Publish()
    compute: Compute = Compute()


class Config(Strict):
    """Everything in `config/`."""

    policy: Policy
    vocabulary: Vocabulary
    sources: tuple[Source, ...]
    decisions: Decisions = Decisions()
    licences: Licences = Field(default_factory=dict)

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
    """Return a configuration with other decisions: the text of a `config/decisions.toml`.

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


def _check_findings(file: Path, words_of: Source | Vocabulary, vocabulary: Vocabulary) -> None:
    for word, meant in words_of.values.get("finding", {}).items():
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
    """Format one validation error with the key it is about and what would be right."""
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
