"""GitHub's description of its API, cut down to what a bot of pull requests and releases calls."""

import re
from collections.abc import Iterator
from typing import Any

_REPO = r"/repos/\{owner\}/\{repo\}"
_ROOMS = (
    "assignees|branches|collaborators|commits|compare|contents|forks|git|issues|labels|merge-upstream|"
    "merges|pulls|releases|statuses|tags|topics"
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
    _let_null_in(kept)
    return kept


def _let_null_in(node: Any) -> None:
    """Say what GitHub means: OpenAPI 3.0 has `nullable` change nothing beside an enum or anyOf without null."""
    if isinstance(node, dict):
        if node.get("nullable") is True:
            for choices, null in (("enum", None), ("anyOf", _NULL), ("oneOf", _NULL)):
                if null not in node.get(choices, [null]):
                    node[choices].append(null)
        for value in node.values():
            _let_null_in(value)
    elif isinstance(node, list):
        for value in node:
            _let_null_in(value)


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
