"""The reference of a source's TOML and its JSON schema say what the models say."""

import tomllib

import jsonschema
import pytest

from docs import reference
from tests.support.collection import ROOT

SOURCES = sorted((ROOT / "config" / "sources").glob("*.toml"))


def test_the_reference_and_the_schema_are_what_the_models_say() -> None:
    for file, text in reference.written().items():
        assert file.read_text(encoding="utf-8") == text, "run make reference"


def test_every_key_has_a_meaning_and_an_example_that_is_toml() -> None:
    for path, model in reference.TABLES.items():
        for key in model.model_fields.keys() - {"name"}:
            dotted = f"{path}.{key}" if path else key
            assert len(reference.meanings(model)[key]) > 8, dotted
            if dotted not in reference.TABLES:
                assert key in tomllib.loads(reference.example(dotted))


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: file.stem)
def test_every_configured_source_fits_the_schema(file) -> None:
    text = tomllib.loads(file.read_text(encoding="utf-8"))
    jsonschema.validate(text, dict(reference.schema()))


def test_a_key_that_is_not_known_does_not_fit_the_schema() -> None:
    text = tomllib.loads(SOURCES[0].read_text(encoding="utf-8")) | {"licance": "MIT"}
    with pytest.raises(jsonschema.ValidationError, match="licance"):
        jsonschema.validate(text, dict(reference.schema()))
