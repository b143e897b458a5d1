"""Load `config/` and check it before anything else happens."""

import os
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    ValidationError,
    model_validator,
)

from flows.config import across, values
from flows.config import licences as rights
from flows.config.decisions import Decisions
from flows.config.licences import Licences, RightsError
from flows.config.policy import Policy
from flows.config.sentences import sentence
from flows.config.source import Source, our_words
from flows.config.typed import Strict, Words
from flows.config.values import near


class ConfigError(Exception):
    """Raised for a configuration that is wrong: file, key, and what would be right."""


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


def _codes(classes: dict[str, str]) -> dict[str, str]:
    for name, code in classes.items():
        if code and not re.fullmatch(r"SCT:\d{6,18}|RID\d{1,8}", code):
            raise ValueError(f"{name} has the code {code!r}; write SCT:…, RID… or nothing")
    return classes


class Vocabulary(Strict):
    """The collection's words: `config/vocabulary.toml`.

    Attributes:
        unknown: Words that say nothing.
        findings: What the column `finding` may hold.
        values: What upstreams' words mean, by field.
        countries: Names of countries that ISO 3166 spells in another way.
        masks: What masks may outline, with its code in SNOMED CT or RadLex, if it has one.
        ranges: The least and most that a quantity can be; beyond that it is reported and left out.
    """

    unknown: tuple[str, ...]
    findings: tuple[str, ...]
    values: Annotated[dict[str, dict[str, Words]], AfterValidator(our_words)]
    countries: dict[str, str] = Field(default_factory=dict)
    masks: Annotated[dict[str, str], AfterValidator(_codes)] = Field(default_factory=dict)
    ranges: Annotated[dict[str, Range], AfterValidator(_ranges)] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _words_differ(self) -> Self:
        for name in ("unknown", "findings", "countries"):
            values.distinct(getattr(self, name), name)
        return self


class Config(Strict):
    """Everything in `config/`."""

    policy: Policy
    vocabulary: Vocabulary
    sources: tuple[Source, ...]
    decisions: Decisions = Decisions()
    licences: Licences = Field(default_factory=dict)

    @property
    def order(self) -> dict[str, int]:
        """Return the rank of each source; lower is closer to the owner."""
        return {source.name: source.order for source in self.sources}

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


def load(folder: Path, *, may_be_empty: bool = False) -> Config:
    """Read and check `config/`.

    Args:
        folder: Where it is.
        may_be_empty: Whether it may hold no source yet.

    Raises:
        ConfigError: With the file, the key and what would be right; nothing has been done yet.
    """
    files = sorted((folder / "sources").glob("*.toml"))
    if not files and not may_be_empty:
        what = (
            "Add one TOML file per upstream; `python -m flows sources add URL` writes a first one."
        )
        raise ConfigError(f"{folder}/sources holds no source. {what}")
    vocabulary = _checked(Vocabulary, folder / "vocabulary.toml")
    _check_findings(folder / "vocabulary.toml", vocabulary, vocabulary)
    sources = [_checked(Source, file, name=file.stem) for file in files]
    for file, source in zip(files, sources, strict=True):
        _check_findings(file, source, vocabulary)
        _check_masks(file, source, vocabulary)
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


def _check_masks(file: Path, source: Source, vocabulary: Vocabulary) -> None:
    for word in (word for rule in source.masks for word in rule.shows.values()):
        if word not in vocabulary.masks:
            raise ConfigError(
                f"{file}: masks.shows is {word!r}, which is not in [masks] of vocabulary.toml"
                f"{near(word, vocabulary.masks)}. Nothing was changed."
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
    except RecursionError:
        problem = "not valid TOML: it is nested without end"
    except tomllib.TOMLDecodeError as error:
        problem = f"not valid TOML: {error}"
    except ValidationError as error:
        problem = "; ".join(sentence(model, dict(one)) for one in error.errors())
    raise ConfigError(f"{file}: {problem}. Nothing was changed.")
