"""Load `config/` and check it before anything else happens."""

import os
import tomllib
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    ValidationError,
    model_validator,
)

from flows.config import across, values
from flows.config import licences as rights
from flows.config.branches import apart
from flows.config.decisions import Decisions
from flows.config.licences import Licences, RightsError
from flows.config.sentences import sentence
from flows.config.source import (
    Host,
    Source,
    Strict,
    Url,
    Words,
    our_words,
)
from flows.config.values import near
from flows.sandbox.base import Compute

Branch = Annotated[str, AfterValidator(values.branch)]
Folder = Annotated[str, AfterValidator(values.folder)]


class ForgeKind(StrEnum):
    """Where proposals and releases can go."""

    FOLDER = "folder"
    GITHUB = "github"


class ConfigError(Exception):
    """Say which file and key is wrong, and what would be right."""


Web = Annotated[Url, AfterValidator(values.web)]
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

    @model_validator(mode="after")
    def _words_differ(self) -> Self:
        for name in ("unknown", "findings", "countries"):
            values.distinct(getattr(self, name), name)
        return self


class Forge(Strict):
    """Where proposals go.

    Attributes:
        kind: A local folder, or pull requests on GitHub.
        folder: Where the folder's pages are written; GitHub's review page too.
        push: Whether the folder's branch is pushed to the checkout's origin.
        repository: `owner/name` on GitHub; Actions set it in GITHUB_REPOSITORY.
        server: Address of GitHub for people and git; Actions set it in GITHUB_SERVER_URL.
        api: Address of its API; Actions set it in GITHUB_API_URL.
        labels: Put on every proposal, and created where they are missing.
        reviewers: Logins that are asked to review every proposal.
    """

    kind: ForgeKind = ForgeKind.FOLDER
    folder: Folder = ".proposals"
    push: bool = False
    repository: Annotated[str, Field(pattern=r"^[\w.-]+/[\w.-]+$")] | None = None
    server: Web = "https://github.com"
    api: Web = "https://api.github.com"
    labels: tuple[str, ...] = ("sync",)
    reviewers: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _one_host(self) -> Self:
        if not values.one_host(self.server, self.api):
            raise ValueError(
                f"api is on {values.host(self.api)}, and server is {values.host(self.server)}; "
                "a token for one must not go to the other. Name the API of that server"
            )
        return self


class Publish(Strict):
    """Where releases go, and where people get them.

    Attributes:
        kind: A local folder, which needs no account, or GitHub, as the forge has it.
        folder: That folder, in the checkout.
        url: Where releases can be downloaded from, up to the version: `https://github.com/OWNER/
            REPO/releases/download`. Without it, names in a release are relative.
    """

    kind: ForgeKind = ForgeKind.FOLDER
    folder: Folder = ".releases"
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

    base: Branch = "main"
    branch: Branch = "sync/datasets"
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

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if self.branch == self.base:
            raise ValueError(
                f"branch and base are both {self.base!r}; proposals need a branch of their own, "
                "as in 'sync/datasets'"
            )
        if self.branch.startswith(f"{self.base}/") or self.base.startswith(f"{self.branch}/"):
            raise ValueError(
                f"git cannot have both branches {self.base!r} and {self.branch!r}; choose another"
            )
        apart(self.branch, [self.base])  # the branch of pictures too
        url = self.release.url
        if self.release.kind is ForgeKind.GITHUB and url and not values.one_host(self.forge.server, url):
            raise ValueError(
                f"release.url is on {values.host(url)}, but releases go to "
                f"{values.host(self.forge.server)}; name the address of releases there"
            )
        if self.forge.folder == self.release.folder:
            raise ValueError(
                f"forge.folder and release.folder are both {self.forge.folder!r}; name two folders"
            )
        return self


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
    _refuse(across.orders(dict(zip(files, sources, strict=True))))
    decisions = _decisions(folder / "decisions.toml", sources)
    return Config(
        policy=_checked(Policy, folder / "policy.toml"),
        vocabulary=vocabulary,
        sources=tuple(sources),
        decisions=decisions,
        licences=_licences(folder / "licences.toml"),
    )


def _decisions(file: Path, sources: Sequence[Source]) -> Decisions:
    decisions = _checked(Decisions, file) if os.path.lexists(file) else Decisions()
    for problem in (across.ignored(decisions, sources), across.pairs(decisions)):
        _refuse(f"{file}: {problem}" if problem else None)
    return decisions


def _refuse(problem: str | None) -> None:
    if problem:
        raise ConfigError(f"{problem}. Nothing was changed.")


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
            hint = near(odd, vocabulary.findings)
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
    except OSError as error:
        problem = f"the file cannot be read ({error.strerror})"
    else:
        return _parsed(model, text, file, **known)
    raise ConfigError(f"{file}: {problem}. Nothing was changed.")


def _parsed(model: type[_Model], text: str, file: Path | str, **known: str) -> _Model:
    try:
        return model.model_validate(tomllib.loads(text) | known)
    except tomllib.TOMLDecodeError as error:
        problem = f"not valid TOML: {error}"
    except ValidationError as error:
        problem = "; ".join(sentence(model, dict(one)) for one in error.errors())
    raise ConfigError(f"{file}: {problem}. Nothing was changed.")
