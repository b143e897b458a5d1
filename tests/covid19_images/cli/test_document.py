"""Every JSON that a command prints or writes for programs names its schema."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from covid19_images.cli.app import app as library
from covid19_images.download.request import FILE as REQUEST
from flows.cli.app import app as bot
from tests.support.collection import ROOT, SIMPLE, Collection
from tests.support.pictures import png
from tests.support.upstream import Upstream

# JSON that is no document of ours, or that nobody but the program itself reads.
_OTHER = {
    "covid19_images/manifest/document.py": "the one that all commands print with",
    "covid19_images/download/receipts.py": "a memory of what was verified; it may be lost",
    "covid19_images/download/trust.py": "a copy's own note of whom it trusts",
    "covid19_images/dataset/organize/parquet.py": "as Hugging Face wants it",
    "covid19_images/dataset/organize/volumes.py": "as MONAI and nnU-Net want it",
    "covid19_images/dataset/organize/webdataset.py": "a manifest row, as WebDataset wants it",
    "flows/decoding/cache.py": "rows of a cache, which has a version of its own",
    "flows/forge/github/forge.py": "inside the handover",
    "flows/night/compare/volume_verify.py": "verdicts of a cache, which has a version of its own",
    "flows/night/context.py": "digested, never written",
    "flows/night/worked_out.py": "a memory of what was worked out; it may be lost",
    "flows/proposal/changes_json.py": "writes `schema` itself",
    "flows/publish/provenance.py": "digested, never written",
    "flows/site/build.py": "rows of the page's own script, which is built with them",
    "flows/publish/build.py": "digested inputs of a step, compared whole",
    "flows/publish/citation.py": "a string of YAML",
    "flows/publish/croissant.py": "as Croissant wants it, which is named in `conformsTo`",
    "flows/publish/datapackage.py": "as Frictionless wants it, which `profile` names",
    "flows/publish/zenodo/arrange.py": "what a record says of itself, which only `loads` reads",
    "flows/site/picture_pages.py": "parts of a page's own script, which is built with them",
    "flows/publish/hub/files.py": "digested, never written",
    "flows/publish/huggingface.py": "the types of a table, as Hugging Face reads them",
    "flows/publish/kaggle/target.py": "as Kaggle's command line reads it",
    "flows/publish/kaggle/upload.py": "a memory of what was sent; it may be lost",
    "flows/publish/parquet.py": "the types of pandas, as pandas reads them",
    "flows/publish/image/process.py": "digested, never written",
    "covid19_images/release/envelope.py": "as DSSE wants it, which `payloadType` names",
    "covid19_images/release/proof.py": "as in-toto wants it, which `_type` names",
    # These write `schema`, as the tests below see.
    "covid19_images/download/request.py": "",
    "covid19_images/dataset/organize/__init__.py": "",
    "covid19_images/release/index.py": "",
    "flows/forge/status_page.py": "",
    "flows/night/handover/pack.py": "",
    "flows/proposal/record.py": "",
}
_WRITERS = {"dumps", "model_dump_json"}


def options(app: typer.Typer) -> Iterator[str]:
    """List the commands that have `--json`."""

    def walk(name: str, command: Any) -> Iterator[str]:
        for inner, one in getattr(command, "commands", {}).items():
            yield from walk(f"{name} {inner}".strip(), one)
        if any("--json" in one.opts for one in command.params):
            yield name

    return walk("", typer.main.get_command(app))


def printed(app: typer.Typer, *words: str | Path) -> dict[str, Any]:
    done = CliRunner().invoke(app, list(map(str, words)))
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def test_every_command_of_the_bot_names_the_schema_of_its_json(
    collection: Collection, upstream: Upstream
) -> None:
    upstream.commit({f"images/{i}.png": png(i) for i in range(2)})
    stated = '\n[always]\nfinding = "COVID-19"\n'
    collection.source("set", SIMPLE.format(url=upstream.url) + stated)
    place = ("--checkout", collection.folder, "--cache", collection.cache)
    plan = collection.folder.parent / "plan"
    documents = {
        "sync": printed(bot, "sync", "--direct", "--json", "--plan", plan, *place),
        "status": printed(bot, "status", "--json", *place),
    }
    handover = json.loads((plan / "proposal.json").read_text())
    collection.night()
    changes = json.loads(collection.file("datasets/CHANGES.json"))
    collection.merge()
    documents |= {
        "release": printed(bot, "release", "--direct", "--dry-run", "--json", *place),
        "history": printed(bot, "history", "set/images/0.png", "--json", *place[:2]),
        "statements": printed(bot, "statements", "set/images/0.png", "--json", *place[:2]),
        "manifest diff": printed(bot, "manifest", "diff", "main~1", "main", "--json", *place[:2]),
    }
    assert set(documents) == set(options(bot))
    assert handover["schema"] == 2
    for name, one in {**documents, "CHANGES.json": changes}.items():
        assert one["schema"] == 1, name
    [source] = documents["status"]["sources"]
    assert (source["source"], source["outcome"], source["images"]) == ("set", "Advanced", 0)
    later = printed(bot, "status", "--offline", "--json", *place)["sources"][0]
    assert (later["images"], later["newest"], later["commit"]) == (
        2,
        "2020-03-16",
        upstream.tip(),
    )


def test_every_command_of_the_library_names_the_schema_of_its_json(
    releases: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    documents = {
        "download": printed(library, "download", "--from", releases, "--json", copy),
        "verify": printed(library, "verify", "--json", copy),
        "update": printed(library, "update", "--json", copy),
        "info": printed(library, "info", "--json", copy),
        "provenance": printed(
            library, "provenance", "films/images/0.png", "--root", copy, "--json"
        ),
    }
    tested_with_their_pictures = {"audit", "baseline", "score"}
    assert set(documents) == set(options(library)) - tested_with_their_pictures
    documents["what a copy holds"] = json.loads((copy / REQUEST).read_text())
    for name, one in documents.items():
        assert one["schema"] == 1, name
    assert json.loads((copy / "index.json").read_text())["schema_version"] == "1.2.0"


def _calls(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            of_json = isinstance(node.func.value, ast.Name) and node.func.value.id == "json"
            if node.func.attr == "model_dump_json" or (of_json and node.func.attr in _WRITERS):
                yield node.func.attr


def test_nobody_writes_json_that_this_test_does_not_know() -> None:
    files = [*(ROOT / "flows").rglob("*.py"), *(ROOT / "covid19_images").rglob("*.py")]
    found = {str(file.relative_to(ROOT)) for file in files if list(_calls(file))}
    assert found == set(_OTHER), "print it with covid19_images.manifest.document, or say why not"


@pytest.mark.parametrize(
    "name", ["forge/status_page.py", "proposal/record.py", "night/handover/model.py"]
)
def test_what_carries_its_own_memory_names_its_schema(name: str) -> None:
    text = (ROOT / "flows" / name).read_text(encoding="utf-8")
    assert 'alias="schema"' in text
