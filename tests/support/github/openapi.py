"""Check exchanges against GitHub's own description of its API."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from openapi_schema_validator import OAS30Validator, oas30_format_checker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

# Parameters that go over slashes; an empty path is the root of a repository.
_WIDE = {"path", "ref", "branch", "basehead", "tag", "tree_sha"}
_FIRST_ERROR = 400

# PyGithub sends labels as a bare array: the description allows it in prose, not in its schema.
_LABELS = "/repos/{owner}/{repo}/issues/{issue_number}/labels"
# Requests of PyGithub that are off the description, and that GitHub does not mind.
KNOWN_REQUESTS = {
    "PUT /repos/{owner}/{repo}/branches/{branch}/protection": "null for what is not to be set",
}
# Where GitHub deviates from it itself.
KNOWN_ANSWERS = {
    "'starter' is not one of": "the state of a file whose upload broke is in no list",
}


class Exchange(NamedTuple):
    """What was asked and what was answered; `fault` where the answer was made up by a test."""

    method: str
    path: str
    query: dict[str, str]
    sent: str | None
    content_type: str | None
    status: int | None
    answered: str | None
    fault: bool


class Description:
    """GitHub's description, trimmed."""

    def __init__(self, file: Path) -> None:
        self._document = json.loads(file.read_bytes())
        resource = Resource(self._document, DRAFT4)
        self._registry: Registry[Any] = Registry().with_resource("urn:github", resource)
        self._routes = sorted(
            (
                (path.count("{"), -len(path), path, _pattern(path))
                for path in self._document["paths"]
            ),
        )
        self._find = cache(self._look_up)
        self._validator = cache(self._make_validator)
        self._problems = cache(self._find_problems)  # nights ask the same, and are answered so

    def requests_off(self, exchange: Exchange) -> list[str]:
        """Return what is wrong with a request; nothing where GitHub would understand it."""
        if exchange.path == "/graphql" or not _is_api(exchange.path):
            return []
        route, operation = self._find(exchange.method, exchange.path)
        if operation is None:
            return [f"{exchange.method} {exchange.path}: GitHub has no such operation"]
        if route == _LABELS and (exchange.sent or "").startswith("["):
            exchange = exchange._replace(sent=f'{{"labels": {exchange.sent}}}')
        where = f"{exchange.method} {route}"
        if where in KNOWN_REQUESTS:
            return []
        return [f"{where}: {problem}" for problem in self._request(exchange, route, operation)]

    def answers_off(self, exchange: Exchange) -> list[str]:
        """Return where an answer differs from what GitHub's description promises."""
        route, operation = self._find(exchange.method, exchange.path)
        status = exchange.status
        if operation is None or exchange.fault or status is None or status >= _FIRST_ERROR:
            return []  # of the refusals an operation may meet the description lists few
        where = f"{exchange.method} {route} → {status}"
        promised = operation["responses"].get(str(status))
        if promised is None:
            return [f"{where}: not among {', '.join(operation['responses'])}"]
        content = self._follow(promised).get("content", {})
        if "application/json" not in content or exchange.answered is None:
            return []
        key = (exchange.method.lower(), route, str(status))
        return [
            f"{where}: {problem}"
            for problem in self._problems(key, exchange.answered)
            if not any(known in problem for known in KNOWN_ANSWERS)
        ]

    def _request(self, exchange: Exchange, route: str, operation: dict[str, Any]) -> Iterator[str]:
        parameters = [self._follow(one) for one in operation.get("parameters", [])]
        known = {one["name"] for one in parameters if one["in"] == "query"}
        yield from (f"unknown parameter {name}" for name in exchange.query if name not in known)
        body = self._follow(operation.get("requestBody") or {})
        if exchange.sent is None:
            if body.get("required"):
                yield "a body is required"
        elif "application/json" in body.get("content", {}):
            yield from self._problems((exchange.method.lower(), route, "request"), exchange.sent)
        elif not body and exchange.sent not in {"{}", "null"}:
            yield "a body is sent where GitHub takes none"

    def _look_up(self, method: str, asked: str) -> tuple[str, dict[str, Any] | None]:
        for _, _, path, pattern in self._routes:
            operation = self._document["paths"][path].get(method.lower())
            if operation is not None and pattern.fullmatch(asked):
                return path, operation
        return "", None

    def _follow(self, node: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in node:
            _, _, kind, name = node["$ref"].split("/", 3)
            node = self._document["components"][kind][name]
        return node

    def _find_problems(self, key: tuple[str, str, str], text: str) -> tuple[str, ...]:
        return tuple(
            f"{'.'.join(map(str, problem.absolute_path)) or 'body'}: {problem.message[:200]}"
            for problem in self._validator(key).iter_errors(json.loads(text))
        )

    def _make_validator(self, key: tuple[str, str, str]) -> Any:
        method, path, part = key
        operation = self._document["paths"][path][method]
        holder = operation["requestBody"] if part == "request" else operation["responses"][part]
        schema = self._follow(holder)["content"]["application/json"]["schema"]
        rooted = json.loads(json.dumps(schema).replace('"#/', '"urn:github#/'))
        return OAS30Validator(rooted, registry=self._registry, format_checker=oas30_format_checker)


def _is_api(path: str) -> bool:
    return path.split("/")[1] in {"repos", "user", "users", "app", "rate_limit", "orgs"}


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", path)
    return re.compile(
        "".join(
            ("(?:.*)" if part in _WIDE else "(?:[^/]+)") if i % 2 else re.escape(part)
            for i, part in enumerate(parts)
        )
    )
