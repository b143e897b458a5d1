"""The kinds of values that several tables of a source's TOML hold."""

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, WithJsonSchema

from flows.config.fields import FIELDS


class Strict(BaseModel):
    """A table of a config file: a key that is not known is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _field(name: str) -> str:
    if name not in FIELDS:
        raise ValueError(f"there is no field {name!r}; the fields are: {', '.join(FIELDS)}")
    return name


def regex_of_fields(text: str) -> str:
    """Return a regular expression whose named groups are fields.

    Raises:
        ValueError: When it is none, or a group is no field.
    """
    try:
        compiled = re.compile(text)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    for group in compiled.groupindex:
        _field(group)
    return text


FieldName = Annotated[str, AfterValidator(_field)]
Pattern = Annotated[str, AfterValidator(regex_of_fields)]
_TEXTS = {"type": "array", "items": {"type": "string"}}
_TextOrTexts = WithJsonSchema({"anyOf": [{"type": "string"}, _TEXTS]})
Columns = Annotated[tuple[str, ...], BeforeValidator(_listed), _TextOrTexts]
Words = Annotated[tuple[str, ...], BeforeValidator(_listed), _TextOrTexts]
Globs = Annotated[tuple[str, ...], BeforeValidator(_listed), _TextOrTexts]
