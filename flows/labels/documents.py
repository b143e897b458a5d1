"""Read annotations that stand in JSON, YAML or XML: the records in them become rows of a table.

A document is hostile text: what makes parsers grow (entities, aliases, nesting without end) is
refused. Of several lists of records the one that has the wanted column is taken, the longest first.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from xml.etree import ElementTree
from xml.parsers import expat

import yaml  # type: ignore[import-untyped]

from flows.labels.damage import UnreadableTableError

ENDINGS = (".json", ".jsonl", ".yaml", ".yml", ".xml")
KEY = "key"
_MOST_YAML_BYTES = 4 * 2**20  # its parser is slow
_MOST_DEPTH = 20
_MOST_LISTS = 10_000

Record = Mapping[str, str]


def is_document(name: str) -> bool:
    """Return whether a file is JSON, YAML or XML by its name."""
    return name.lower().endswith(ENDINGS)


def records(name: str, content: bytes) -> list[list[Record]]:
    """Return all lists of records in a document, the longest first, each record as texts by name.

    Args:
        name: The file's name; its ending says what it is.
        content: The file.

    Raises:
        UnreadableTableError: When it is not what its name says, or holds no list of records.
    """
    try:
        found = list(_lists(_parsed(name.lower(), content), 0))
    except RecursionError:
        raise UnreadableTableError("it is nested without end") from None
    lists = sorted((one for one in found[:_MOST_LISTS] if one), key=len, reverse=True)
    if not lists:
        raise UnreadableTableError("it holds no list of records")
    return lists


def _parsed(name: str, content: bytes) -> object:
    if name.endswith(".xml"):
        return _xml(content)
    try:
        text = content.decode(json.detect_encoding(content) if content else "utf-8")
    except UnicodeDecodeError:
        raise UnreadableTableError("it is neither UTF-8 nor UTF-16") from None
    if not name.endswith((".json", ".jsonl")):
        return _yaml(text)
    try:
        return _lines(text) if name.endswith(".jsonl") else _json(text)
    except json.JSONDecodeError as error:
        with suppress(json.JSONDecodeError):  # a record in each line, whatever the file is called
            if records_by_line := _lines(text):
                return records_by_line
        raise UnreadableTableError(f"line {error.lineno} is no JSON: {error.msg}") from None


def _lines(text: str) -> list[object]:
    lines = text.split("\n")  # and at nothing else: a text in JSON may hold any other line end
    found = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                found.append(_json(line))
            except json.JSONDecodeError as error:
                raise json.JSONDecodeError(error.msg, text, _start(lines, number)) from None
    return found


def _start(lines: Sequence[str], number: int) -> int:
    return sum(len(line) + 1 for line in lines[: number - 1])


def _json(text: str) -> object:
    """Read JSON with every number as the text it is written as, however long it is."""
    return json.loads(
        text, parse_int=str, parse_float=str, parse_constant=str, object_pairs_hook=_once
    )


def _once(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    """Return a record whose names stand once, or more often with one value.

    Raises:
        UnreadableTableError: One has two values, and nobody knows which one is meant.
    """
    record = dict(pairs)
    if len(record) < len(pairs):
        for name, value in pairs:
            if record[name] != value:
                raise UnreadableTableError(f"a record has two values of {name[:100]!r}")
    return record


class _Plain(yaml.SafeLoader):  # type: ignore[misc]
    """Read YAML with every scalar as the text it is written as, and without aliases."""

    def compose_node(self, parent: object, index: object) -> object:
        if self.check_event(yaml.AliasEvent):
            raise UnreadableTableError("it has aliases, with which a small file means a huge one")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> object:
        pairs = [(str(name.value), str(value.value)) for name, value in node.value]
        _once(pairs)
        return super().construct_mapping(node, deep)


_Plain.yaml_implicit_resolvers = {}


def _yaml(text: str) -> object:
    if len(text) > _MOST_YAML_BYTES:
        raise UnreadableTableError(f"{len(text):,} characters of YAML; that is too many")
    try:
        return yaml.load(text, Loader=_Plain)  # noqa: S506  a safe loader
    except yaml.YAMLError as error:
        reason = " ".join(str(getattr(error, "problem", None) or "it cannot be parsed").split())
        raise UnreadableTableError(f"this is no YAML: {reason}") from None


def _xml(content: bytes) -> object:
    reader = expat.ParserCreate()
    reader.StartDoctypeDeclHandler = _refuse_entities
    try:
        reader.Parse(content, True)  # by the parser itself, because encodings hide it from a search
        found = ElementTree.fromstring(content)  # noqa: S314  no entities: see above
    except (expat.ExpatError, ElementTree.ParseError, LookupError, ValueError) as error:
        raise UnreadableTableError(f"this is no XML: {error}") from None
    for element in found.iter():
        element.tag = element.tag.rpartition("}")[2]  # without its namespace
    return found


def _refuse_entities(*_about: object) -> None:
    raise UnreadableTableError("its XML declares entities, which may grow without end")


def _lists(value: object, depth: int) -> Iterator[list[Record]]:
    """Yield every list of records, wherever it is."""
    if depth > _MOST_DEPTH:
        raise UnreadableTableError(f"it is nested more than {_MOST_DEPTH} deep")
    if isinstance(value, ElementTree.Element):
        yield from _elements(value, depth)
    elif isinstance(value, Mapping):
        inside = [(str(key), one) for key, one in value.items()]
        if inside and all(isinstance(one, Mapping) for _, one in inside):
            yield [{KEY: key} | _flat(one, depth) for key, one in inside]
        for _, one in inside:
            yield from _lists(one, depth + 1)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        yield [_flat(one, depth) for one in value if isinstance(one, Mapping)]
        for one in value:
            yield from _lists(one, depth + 1)


def _elements(element: ElementTree.Element, depth: int) -> Iterator[list[Record]]:
    by_tag: dict[str, list[ElementTree.Element]] = {}
    for child in element:
        by_tag.setdefault(child.tag, []).append(child)
    for alike in by_tag.values():
        yield [found for one in alike if (found := _element(one, depth))]
    for child in element:
        yield from _lists(child, depth + 1)


def _element(element: ElementTree.Element, depth: int) -> Record:
    """Return an element's attributes and the texts of what is inside it, by their names."""
    if depth > _MOST_DEPTH:
        raise UnreadableTableError(f"it is nested more than {_MOST_DEPTH} deep")
    cells = dict(element.attrib)
    for child in element:
        if text := (child.text or "").strip():
            cells[child.tag] = _joined([cells.get(child.tag, ""), text])
        for name, text in _element(child, depth + 1).items():
            cells[f"{child.tag}.{name}"] = text
    return cells


def _flat(value: Mapping[object, object], depth: int) -> dict[str, str]:
    """Return the texts of a record, those inside it as `outer.inner`; lists are joined by bars."""
    if depth > _MOST_DEPTH:
        raise UnreadableTableError(f"it is nested more than {_MOST_DEPTH} deep")
    cells: dict[str, str] = {}
    for key, one in value.items():
        if isinstance(one, Mapping):
            cells |= {f"{key}.{name}": text for name, text in _flat(one, depth + 1).items()}
        elif isinstance(one, list):
            cells[str(key)] = _joined(_text(each) for each in one if not isinstance(each, Mapping))
        else:
            cells[str(key)] = _text(one)
    return cells


def _joined(texts: Iterable[str]) -> str:
    return " | ".join(text for text in texts if text)


def _text(value: object) -> str:
    if value is None or isinstance(value, list):
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
