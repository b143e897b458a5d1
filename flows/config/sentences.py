"""Turn the errors of a validator into sentences for a person who edits a config file."""

import typing
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from flows.config.values import near

_KINDS = {
    "bool": "true or false",
    "date": "a day, as in 2026-11-23, without quotes",
    "dict": "a table of keys and values",
    "float": "a number",
    "int": "a whole number",
    "list": 'a list, as in ["one", "two"]',
    "mapping": "a table of keys and values",
    "model": "a table of keys and values",
    "string": "text in quotes",
    "tuple": 'a list, as in ["one", "two"]',
}
_BOUNDS = {
    "greater_than": ("gt", "greater than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
}
_SHAPES = {
    r"^[\w.-]+/[\w.-]+$": "OWNER/NAME",
    r"^[a-z0-9][a-z0-9.-]*$": "the name of a host in small letters, as in 'github.com'",
    r"^(tcp|tls)://[\w.:\[\]-]+:\d+$": "an address as in 'tcp://10.0.0.1:8786'",
}
_SHOWN_CHARACTERS = 60


def sentence(model: type[BaseModel], error: Mapping[str, Any]) -> str:
    """Format one validation error: the key it is about, and what would be right."""
    key = ".".join(map(str, error["loc"])) or "the file"
    if error["type"] == "extra_forbidden":
        odd = str(error["loc"][-1])  # right in another table, perhaps
        return f"there is no key {key!r}{near(odd, [one for one in keys(model) if one != odd])}"
    if error["type"] == "missing":
        return f"{key} is missing"
    if error["type"] == "value_error":
        return f"{key}: {str(error['msg']).removeprefix('Value error, ')}"
    return f"{key}: {_right(error)}, not {_shown(error['input'])}"


def _right(error: Mapping[str, Any]) -> str:
    kind, context = str(error["type"]), error.get("ctx", {})
    if kind in _BOUNDS:
        name, words = _BOUNDS[kind]
        return f"it must be {words} {context[name]:g}"
    if kind in ("literal_error", "enum"):
        return f"it must be one of {context['expected'].replace(' or ', ', ')}"
    if kind in ("too_short", "string_too_short"):
        return "it must not be empty"
    if kind == "too_long":
        return f"it must have {context['max_length']} values"
    if kind == "string_pattern_mismatch":
        return f"it must be {_SHAPES.get(context['pattern'], 'of the form ' + context['pattern'])}"
    return f"it must be {_KINDS.get(kind.partition('_')[0], 'something else')}"


def _shown(value: object) -> str:
    text = {True: "true", False: "false"}.get(value) if isinstance(value, bool) else repr(value)
    text = text or ""
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"


def keys(model: type[BaseModel]) -> list[str]:
    """List the keys of a model and of the models inside it."""
    found: list[str] = []
    waiting = [model]
    while waiting:
        one = waiting.pop()
        for name, field in one.model_fields.items():
            found.append(name)
            waiting += _models(field.annotation)
    return found


def _models(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in typing.get_args(annotation) for model in _models(part)]
