"""Write the reference of `docs/sources.md` and the JSON schema of a source's TOML, from the models.

python docs/reference.py            write both
python docs/reference.py --check    exit with 1 where they are not what the models say
"""

import argparse
import json
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

ROOT = Path(__file__).parent.parent
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))

from flows.config.expect import Expect  # noqa: E402  the path comes first
from flows.config.fields import FIELDS  # noqa: E402
from flows.config.mask import Mask  # noqa: E402
from flows.config.source import (  # noqa: E402
    ExpectedIdentity,
    Files,
    HarmlessNames,
    PathRule,
    Patient,
    Source,
)
from flows.config.tables import Join, Offset, Table  # noqa: E402

PAGE = ROOT / "docs/sources.md"
SCHEMA = ROOT / "docs/source.schema.json"
BEGIN = "<!-- reference: written by `make reference` -->"
END = "<!-- end of reference -->"
TABLES: Mapping[str, type[BaseModel]] = {
    "": Source,
    "files": Files,
    "tables": Table,
    "tables.offsets": Offset,
    "tables.join": Join,
    "tables.join.offsets": Offset,
    "paths": PathRule,
    "masks": Mask,
    "patient": Patient,
    "harmless_names": HarmlessNames,
    "expect": Expect,
    "identity": ExpectedIdentity,
}
# Of keys that no configured source needs; all others are shown as a configured source has them.
EXAMPLES: Mapping[str, object] = {
    "cooldown_days": 3,
    "expect.max_changed": 200,
    "expect.max_labels_lost": 10,
    "expect.max_new": 2000,
    "expect.max_removed": 20,
    "expect.media_types": ["image/jpeg", "image/png"],
    "expect.min_images": 900,
    "fork": "our-organization/their-set",
    "fsck_ignore": ["zeroPaddedFilemode"],
    "identity.owner": 119988,
    "identity.repository": 246433063,
    "tables.offsets.until": True,
    "tables.marked": ["covid-19", "viral pneumonia", "no finding"],
    "tables.partial": True,
    "tables.join.fields": {"age": ["age"], "sex": ["gender"]},
    "tables.join.files": ["patients.csv"],
    "tables.join.ignore_case": True,
    "tables.join.marked": ["tuberculosis", "emphysema"],
    "tables.join.offsets.basis": "admission",
    "tables.join.offsets.column": "day of stay",
    "tables.join.offsets.until": True,
    "tables.join.on": "patient",
    "tables.join.partial": True,
    "tables.join.to": "id",
    "tables.join.unused": ["ward"],
    "train_only": True,
}


def main() -> int:
    """Write or check the reference and the schema."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--check", action="store_true", help="write nothing")
    check = arguments.parse_args().check
    stale = [file for file, new in written().items() if file.read_text("utf-8") != new]
    for file, new in written().items() if not check else ():
        file.write_text(new, encoding="utf-8")
    if check and stale:
        print(f"{stale[0].relative_to(ROOT)} is not what the models say: run make reference.")
    return int(check and bool(stale))


def written() -> dict[Path, str]:
    """Return what the two files should hold."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    page = f"{before}{BEGIN}\n\n{reference()}\n{END}{after}"
    return {PAGE: page, SCHEMA: json.dumps(schema(), indent=2) + "\n"}


def schema() -> Mapping[str, Any]:
    """Return the JSON schema of a source's TOML, for editors."""
    made = Source.model_json_schema()
    made["properties"].pop("name")  # that is the file's own name
    made["required"].remove("name")
    for path, model in TABLES.items():
        there = made if not path else made["$defs"][model.__name__]
        for key, words in meanings(model).items():
            if key in there["properties"]:
                there["properties"][key]["description"] = words
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}


def reference() -> str:
    """Return the tables of all keys."""
    parts = []
    for path, model in TABLES.items():
        heading = f"`[{path}]`" if path else "Of the file itself"
        rows = ["| key | is | default | example |", "|---|---|---|---|"]
        rows += [_row(path, key, field, model) for key, field in _keys(path, model)]
        parts.append(f"### {heading}\n\n" + "\n".join(rows))
    names = ", ".join(f"`{name}`" for name in FIELDS)
    parts.append(
        "### Fields\n\nWhat `tables.fields`, named groups of `paths.match`, `paths.set`, `always` "
        f"and `values` may name: {names}."
    )
    return "\n\n".join(parts) + "\n"


def _keys(path: str, model: type[BaseModel]) -> Iterator[tuple[str, FieldInfo]]:
    for key, field in model.model_fields.items():
        if path or key != "name":
            yield key, field


def _row(path: str, key: str, field: FieldInfo, model: type[BaseModel]) -> str:
    default = "needed" if field.is_required() else _default(field)
    dotted = f"{path}.{key}" if path else key
    shown = f"see `[{dotted}]`" if dotted in TABLES else f"`{example(dotted)}`"
    cells = [f"`{key}`", meanings(model)[key], default, shown]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True, validated_data={})
    return "" if value in (None, (), {}) or isinstance(value, BaseModel) else f"`{toml(value)}`"


def meanings(model: type[BaseModel]) -> Mapping[str, str]:
    """Return what each key of a model means, from the docstring."""
    _, _, text = (model.__doc__ or "").partition("Attributes:")
    found = re.findall(r"^        (\w+): (.*(?:\n {9,}.*)*)", text, re.MULTILINE)
    return {key: " ".join(words.split()) for key, words in found}


def example(dotted: str) -> str:
    """Return a key as a configured source has it, or as one might.

    Raises:
        LookupError: When there is no example.
    """
    value = EXAMPLES.get(dotted)
    if value is None:
        value = next(_used(dotted.split(".")), None)
    if value is None:
        raise LookupError(f"docs/reference.py has no example of {dotted}")
    return f"{dotted.rpartition('.')[2]} = {toml(value)}"


def _used(keys: list[str]) -> Iterator[object]:
    files = sorted((ROOT / "config/sources").glob("*.toml"))
    values = (tomllib.loads(file.read_text(encoding="utf-8")) for file in files)
    found = [value for one in values for value in _at(one, keys)]
    yield from sorted(found, key=lambda value: len(toml(value)))


def _at(value: object, keys: list[str]) -> Iterator[object]:
    if not keys:
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _at(one, keys)
    elif isinstance(value, dict) and keys[0] in value:
        yield from _at(value[keys[0]], keys[1:])


def toml(value: object) -> str:
    """Write a value as TOML does, on one line."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(k)} = {toml(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value, ensure_ascii=False)


def _key(text: str) -> str:
    return text if re.fullmatch(r"[\w-]+", text) else json.dumps(text, ensure_ascii=False)


if __name__ == "__main__":
    sys.exit(main())
