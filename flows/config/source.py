"""One upstream: `config/sources/NAME.toml`, checked."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from covid19_images.manifest.identifiers import PATTERNS, SourceName
from covid19_images.manifest.record import COLUMNS
from flows.config import values
from flows.config.expect import Expect
from flows.config.mask import Mask
from flows.config.tables import Table
from flows.config.typed import FieldName, Globs, Pattern, Strict, Words, regex_of_fields

_YES_NO = ("died", "icu", "intubated", "oxygen", "survival", "yes_no")
_OUR_WORDS: Mapping[str, Sequence[str]] = {
    **{column.name: column.words for column in COLUMNS if column.words},
    **dict.fromkeys(_YES_NO, ("yes", "no")),
}
NAME = PATTERNS["source"]


def _patient(text: str) -> str:
    if re.compile(regex_of_fields(text)).groups == 0:
        raise ValueError("it has no group; put ( ) round the part that is the patient")
    return text


def our_words(words_of: Mapping[str, Mapping[str, Sequence[str]]]) -> object:
    """Check that what upstream's words mean are words of ours."""
    values.distinct_keys(words_of)
    for licence in {one for meant in words_of.get("licence", {}).values() for one in meant if one}:
        values.licence(licence)
    for field, table in words_of.items():
        ours = _OUR_WORDS.get(field, ())
        for word, meant in table.items() if ours else ():
            for odd in sorted(set(meant) - {*ours, ""}):
                raise ValueError(
                    f"{field}.{word} means {odd!r}; it must mean one of {', '.join(ours)}"
                )
    return words_of


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


Url = Annotated[str, AfterValidator(_url)]
Flaw = Annotated[str, AfterValidator(_flaw)]
Host = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")]
HeaderName = Literal["age", "instance", "modality", "patient", "series", "sex", "study", "view"]


class PathRule(Strict):
    """Labels in folder and file names: named groups, or fixed values where a path matches.

    Attributes:
        match: A regular expression that is searched in paths; its named groups are fields.
        set: What is true of the images whose path it matches, by field.
    """

    match: Pattern
    set: dict[FieldName, str] = Field(default={})


class Patient(Strict):
    """How an upstream's patient id is read.

    Attributes:
        pattern: A regular expression whose first group is the patient; the whole id otherwise.
        readable: Whether the id is a bare study number that may stand in the manifest as it is.
        ages_apart: Years that ages of one patient may differ without a question.
    """

    pattern: Annotated[str, AfterValidator(_patient)] | None = None
    readable: bool = False
    ages_apart: int = Field(default=1, ge=0)


class HarmlessNames(Strict):
    """Names of files that are known to identify nobody, although they look as if they might.

    Attributes:
        match: A regular expression for whole paths.
        why: How this is known.
    """

    match: Annotated[str, AfterValidator(values.regex)]
    why: str = Field(min_length=10)


class Files(Strict):
    """Which paths of the upstream are images, and which are known not to be.

    Attributes:
        images: Patterns of image files, as in .gitignore.
        ignore: Patterns of files that are known not to be images; they win, and `!` takes out of
            them. Anything else is reported.
    """

    images: Globs = Field(min_length=1)
    ignore: Globs = ()


class ExpectedIdentity(Strict):
    """Whose repository it is, in numbers that a new owner of an old name cannot have.

    Attributes:
        repository: GitHub's number of the repository.
        owner: GitHub's number of the account it belongs to.
    """

    repository: int = Field(gt=0)
    owner: int = Field(gt=0)


class Source(Strict):
    """One upstream: `config/sources/NAME.toml`.

    Attributes:
        name: What the file is called.
        title: How people call it.
        url: Where its repository is.
        upstream: The repository that it is a fork of, where it is one.
        fork: Our own fork of it, which nights compare with it.
        branch: The branch that is followed; otherwise the one that the repository shows.
        order: How close it is to the owner: lower is closer, and of copies its copy is kept.
        owner: Who made it, as they want to be named.
        licence: What the owner says of the whole set, as an SPDX id.
        licence_claimed: What a collector claims who does not own the pictures; nothing rests on it.
        fsck_ignore: Flaws of its git objects that are let pass, by git's names for them.
        identity: Whose repository it must be; otherwise as it was when it was first taken in.
        files: Which paths are images, and which are known not to be.
        tables: Labels in tables.
        paths: Labels in folder and file names.
        masks: Which files outline something, in which pictures or volumes.
        always: What is true of all images, where nothing else says otherwise.
        patient: How patients are called.
        ignore_headers: What DICOM headers say and nobody should believe: a converter's defaults.
        same_patient: Ids of which each list is one patient.
        train_only: Whether nothing of it may be in validation or test.
        harmless_names: Names of files that seem to identify a person, and do not.
        expect: What is plausible; outside of it a person looks first.
        cooldown_days: How old a commit must be; otherwise as the policy says.
        values: What its words mean, by field, where they mean something else than elsewhere.
    """

    name: SourceName
    title: str
    url: Url
    upstream: Url | None = None
    fork: Annotated[str, Field(pattern=r"^[\w.-]+/[\w.-]+$")] | None = None
    branch: Annotated[str, AfterValidator(values.branch)] | None = None
    order: int = Field(ge=0, description="lower is closer to the owner; its copy is kept")
    owner: str
    licence: Annotated[str, AfterValidator(values.licence)] = "NOASSERTION"
    licence_claimed: Annotated[str, AfterValidator(values.licence)] | None = None
    fsck_ignore: tuple[Flaw, ...] = ()
    identity: ExpectedIdentity | None = None
    files: Files
    tables: tuple[Table, ...] = ()
    paths: tuple[PathRule, ...] = ()
    masks: tuple[Mask, ...] = ()
    always: dict[FieldName, str] = Field(default={})
    patient: Patient = Patient()
    ignore_headers: tuple[HeaderName, ...] = ()
    same_patient: tuple[Annotated[tuple[str, ...], Field(min_length=2)], ...] = ()
    train_only: bool = False
    harmless_names: tuple[HarmlessNames, ...] = ()
    expect: Expect = Expect()
    cooldown_days: int | None = Field(default=None, ge=0)
    values: Annotated[dict[FieldName, dict[str, Words]], AfterValidator(our_words)] = Field(
        default={}
    )

    @property
    def harmless(self) -> tuple[str, ...]:
        """Return regular expressions of paths that identify nobody."""
        return tuple(rule.match for rule in self.harmless_names)

    @property
    def patients(self) -> Mapping[str, str]:
        """Return the id that stands for each id which is one patient with others."""
        return {one: ids[0] for ids in self.same_patient for one in ids}

    @model_validator(mode="after")
    def _patients_once(self) -> Self:
        named = [one for ids in self.same_patient for one in ids]
        if twice := sorted({one for one in named if named.count(one) > 1}):
            raise ValueError(f"same_patient names {twice[0]!r} twice; write each patient once")
        return self
