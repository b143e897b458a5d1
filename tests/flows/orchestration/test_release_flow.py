"""The release on the command line, with Prefect and without."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import warm
from tests.support.collection import ROOT, SIMPLE, Collection
from tests.support.pictures import png
from tests.support.prefect import with_tables
from tests.support.releases import allow_everything, twin
from tests.support.upstream import Upstream


def arguments(collection: Collection) -> tuple[str, ...]:
    places = ("--checkout", str(collection.folder), "--cache", str(collection.cache))
    return "release", *places


def bot(collection: Collection, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Release without Prefect."""
    return warm.run("flows", *arguments(collection), "--direct", *words, variables=env)


def bot_with_prefect(collection: Collection) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "flows", *arguments(collection)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.fixture
def ready(collection: Collection, upstream: Upstream) -> Collection:
    upstream.commit({f"images/{i}.png": png(i) for i in range(3)})
    collection.source("set", SIMPLE.format(url=upstream.url))
    collection.night()
    collection.merge()
    allow_everything(collection)
    return collection


@pytest.mark.slow  # that a night with Prefect is one without is held by two faster tests
def test_a_release_with_prefect_is_that_without(ready: Collection, tmp_path: Path) -> None:
    other = twin(ready, tmp_path / "other" / "clone")
    with_tables(other.cache / "prefect")
    plain, flow = bot(ready), bot_with_prefect(other)
    assert (plain.returncode, flow.returncode) == (0, 0), plain.stderr + flow.stderr
    [one] = (ready.folder / ".releases").glob("2*/SHA256SUMS")
    [two] = (other.folder / ".releases").glob("2*/SHA256SUMS")
    if one.parent.name == two.parent.name:  # midnight may lie between them
        assert one.read_text() == two.read_text()
    first = plain.stdout.splitlines()[0]
    assert first == f"Published {one.parent.name}: 3 images, 3 rows changed."


def test_a_second_run_and_a_dry_run_say_so(ready: Collection) -> None:
    dry = json.loads(bot(ready, "--dry-run", "--json").stdout)
    assert dry["action"] == "dry_run"
    assert not (ready.folder / ".releases").exists()
    bot(ready)
    again = json.loads(bot(ready, "--json").stdout)
    assert (again["action"], again["uploaded_bytes"]) == ("nothing", 0)


def test_github_without_a_token_is_one_sentence(ready: Collection) -> None:
    policy = ready.folder / "config" / "policy.toml"
    forge = 'forge.repository = "owner/repo"\n'
    text = policy.read_text() + forge + '[release]\nkind = "github"\n'
    policy.write_text(text)
    nobody = {"GITHUB_TOKEN": "", "GH_TOKEN": "", "GITHUB_REPOSITORY": ""}
    done = bot(ready, **nobody)
    assert done.returncode == 2
    assert "There is no token for GitHub" in done.stderr
    assert "Traceback" not in done.stderr
    policy.write_text(text.replace(forge, ""))
    done = bot(ready, **nobody)
    assert done.returncode == 2
    assert "does not say which repository it is" in done.stderr
