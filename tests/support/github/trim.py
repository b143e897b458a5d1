"""GitHub's description of its API, cut down to what a bot of pull requests and releases calls."""

import re
from collections.abc import Iterator
from typing import Any

_REPO = r"/repos/\{owner\}/\{repo\}"
_ROOMS = (
    "actions/permissions|actions/workflows|assignees|branches|collaborators|commits|compare|contents|forks|git|issues|"
    "labels|merge-upstream|merges|pages|pulls|releases|statuses|tags|topics"
)
_USED = re.compile(rf"(/app|/user|/users/\{{username\}}|/rate_limit|{_REPO}(/({_ROOMS})(/.*)?)?)")
_NULL = {"nullable": True, "enum": [None]}


def trim(description: dict[str, Any]) -> dict[str, Any]:
    """Keep the operations we use and what they refer to."""
    paths = {path: item for path, item in description["paths"].items() if _USED.fullmatch(path)}
    needed: set[str] = set()
    waiting: list[Any] = [paths]
    while waiting:
        for reference in _references(waiting.pop()):
            if reference not in needed:
                needed.add(reference)
                _, _, kind, name = reference.split("/", 3)
                waiting.append(description["components"][kind][name])
    components = {
        kind: {n: part for n, part in parts.items() if f"#/components/{kind}/{n}" in needed}
        for kind, parts in description["components"].items()
    }
    kept = {"openapi": description["openapi"], "paths": paths, "components": components}
    _repair(kept)
    return kept


def _repair(node: Any) -> None:
    """Let the description say what GitHub means and does.

    `nullable` has no effect in OpenAPI 3.0 beside an enum or alternatives without null, and a
    discriminator none in an array; GitHub sends null and arrays all the same.
    """
    if isinstance(node, dict):
        node.pop("discriminator", None)
        if node.get("nullable") is True:
            for choices, null in (("enum", None), ("anyOf", _NULL), ("oneOf", _NULL)):
                if null not in node.get(choices, [null]):
                    node[choices].append(null)
        for value in node.values():
            _repair(value)
    elif isinstance(node, list):
        for value in node:
            _repair(value)


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref" and isinstance(value, str):
                yield value
            elif key != "examples":
                yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)
