"""Masks of a source: `[[masks]]` of its TOML."""

import re
from string import Formatter
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    model_validator,
)

from covid19_images.manifest.mask import Maker
from flows.config import values


def _of_any_value(value: object) -> object:
    return {"*": value} if isinstance(value, str) else value


MaskValue = Annotated[str, Field(pattern=r"^(\*|-?\d{1,9})$")]
_TextOrTable = WithJsonSchema(
    {"anyOf": [{"type": "string"}, {"type": "object", "additionalProperties": {"type": "string"}}]}
)


class Mask(BaseModel):
    """Files that outline something in pictures or volumes; they are never pictures themselves.

    Attributes:
        match: A regular expression that is searched in paths: the files. Named groups may stand in
            `of`.
        of: The path of the picture or volume that such a file belongs to, or the folder of the
            slices, with `/` at the end.
        shows: What it outlines, a word of `[masks]` in the vocabulary; or such a word for each
            value of its pixels.
        by: Who made it: `person`, `model` or `unknown`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    match: Annotated[str, AfterValidator(values.regex)]
    of: str = Field(min_length=1)
    shows: Annotated[dict[MaskValue, str], BeforeValidator(_of_any_value), _TextOrTable] = Field(
        min_length=1
    )
    by: Maker = "unknown"

    @model_validator(mode="after")
    def _names_are_groups(self) -> Self:
        try:
            named = [name for _, name, _, _ in Formatter().parse(self.of) if name is not None]
        except ValueError as error:
            raise ValueError(f"masks.of is {self.of!r}: {error}") from None
        groups = re.compile(self.match).groupindex
        for name in named:
            if name not in groups:
                raise ValueError(f"masks.of names {{{name}}}, which is no group of masks.match")
        return self
