"""What the bot is told: the collection's own configuration, and errors that help."""

import configparser
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from pydantic import ValidationError

from flows.config import load
from flows.config.load import ConfigError
from flows.config.policy import Policy
from flows.sandbox.base import Compute
from tests.support.collection import ROOT
from tests.support.needed import missing

PINS = {
    "covid-chestxray-dataset": "548bb58d8e2dbffb8068904e330836187f538395",
    "zhanglab-chest-xrays": "3eb434445ca3395b0ce492fcf8e60ecf74421c37",
    "AHP-covid19-ctscans": "66ecc8ce32c214d5b8a1edf88180e4a1286e7e20",
    "NIH-chestxray-dataset-sample": "59a704a3a2764a6a3c13948522e24f5016a709f5",
    "covid-19-pos-case": "49bd21caab900a6b90a841227a318d9881ce148c",
    "covid19-detection-xray-dataset": "7a90c65cefb33e42ec69db4c305b3cf45f5b4faf",
    "medseg_ct_dataset": "0f5542da246c7a54133062a797ad53390bc32c17",
}
OWNERS = {
    "armiro/COVID-CXNet",
    "thnguyencit/covid-ct",
    "agchung/Figure1-COVID-chestxray-dataset",
    "agchung/Actualmed-COVID-chestxray-dataset",
    "ml-workgroup/covid-19-image-repository",
}

GOOD = """
title = "A set"
owner = "Somebody"
url = "https://example.org/set.git"
order = 1
[files]
images = ["/images/"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A configuration of one source."""
    (tmp_path / "sources").mkdir()
    for name in ("policy", "vocabulary"):
        shutil.copy(ROOT / "config" / f"{name}.toml", tmp_path)
    (tmp_path / "sources" / "set.toml").write_text(GOOD, encoding="utf-8")
    return tmp_path


def _error(folder: Path, toml: str) -> str:
    (folder / "sources" / "set.toml").write_text(toml, encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        load.load(folder)
    return str(error.value)


MASKS = "[[masks]]\nmatch = '{}'\nof = '{}'\nshows = '{}'\n"


@pytest.mark.parametrize(
    "file", sorted((ROOT / "config" / "sources").glob("*.toml")), ids=lambda file: file.stem
)
def test_every_source_of_the_collection_loads(file: Path) -> None:
    source = load.load(ROOT / "config").source(file.stem)
    assert source.url == tomllib.loads(file.read_text(encoding="utf-8"))["url"]
    assert source.url.startswith("https://github.com/")


def test_the_sources_are_the_seven_that_were_pinned_and_five_from_their_owners() -> None:
    sources = {source.name: source for source in load.load(ROOT / "config").sources}
    forks = {name: f"https://github.com/coyotespike/{name}" for name in PINS}
    assert {name: source.url for name, source in sources.items() if name in PINS} == forks
    owned = {s.url.removeprefix("https://github.com/") for n, s in sources.items() if n not in PINS}
    assert owned == OWNERS
    original = sources["covid-chestxray-dataset"].upstream
    assert original == "https://github.com/ieee8023/covid-chestxray-dataset"


def test_the_policy_file_writes_the_defaults_out() -> None:
    assert load.load(ROOT / "config").policy == Policy()


def test_the_repository_links_every_source_at_its_pin() -> None:
    listed = subprocess.run(
        ["git", "ls-tree", "HEAD", "datasets/"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    if listed.returncode:
        missing("this is no git checkout, so the pins of its submodules are not here")
    entries = (line.split() for line in listed.stdout.splitlines())
    pins = {path.rpartition("/")[2]: sha for mode, _, sha, path in entries if mode == "160000"}
    assert {name: pins.get(name) for name in PINS} == PINS
    assert pins["COVID-CXNet"] == "3ade488b3828705706fc5f58c0667421d8b04a01"
    assert pins["covid-ct"] == "6dae4ed330da2dc6baf0f62cbc5fa92aed9d60a5"
    assert pins.keys() == {source.name for source in load.load(ROOT / "config").sources}


def test_gitmodules_names_every_source_with_its_https_url() -> None:
    modules = configparser.RawConfigParser()
    text = (ROOT / ".gitmodules").read_text(encoding="utf-8")
    modules.read_string("\n".join(line.strip() for line in text.splitlines()))
    linked = {section["path"]: section["url"] for name, section in modules.items() if len(section)}
    sources = load.load(ROOT / "config").sources
    assert linked == {f"datasets/{source.name}": source.url for source in sources}


@pytest.mark.parametrize(
    ("was", "instead", "words"),
    [
        ("owner =", "onwer =", "there is no key 'onwer'; did you mean 'owner'?"),
        ("images =", "imagse =", "there is no key 'files.imagse'; did you mean 'images'?"),
        ('title = "A set"\n', "", "title is missing"),
        ('images = ["/images/"]', "images = []", "files.images: "),
        ("order = 1", 'order = "first"', "order: it must be a whole number, not 'first'"),
        ("order = 1", "order = -1", "order: it must be at least 0, not -1"),
        ("order = 1", "order = ", "not valid TOML: "),
        ("https://example.org", "-upload-pack=x", "url: a url must not begin with '-'"),
        ("https://", "https://me:ghp_secret@", "url: a url must not hold a password or token"),
        ("https://", "https://ghp_secret@", "url: a url must not hold a password or token"),
        ("order = 1", 'order = 1\nbranch = "--exec"', "branch: not a branch name"),
        ("order = 1", 'order = 1\nbranch = "a..b"', "branch: not a branch name"),
    ],
)
def test_a_mistake_is_named_with_file_key_and_what_would_be_right(
    folder: Path, was: str, instead: str, words: str
) -> None:
    message = _error(folder, GOOD.replace(was, instead))
    assert message.startswith(f"{folder}/sources/set.toml: ")
    assert words in message
    assert message.endswith("Nothing was changed.")


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ('[always]\ncolour = "red"\n', "always.colour"),
        ("[[paths]]\nmatch = '(?P<findng>x)'\n", "paths.0.match: there is no field 'findng'"),
        ("[[paths]]\nmatch = '(x'\n", "paths.0.match: not a regular expression: "),
        (
            '[[tables]]\nfiles = ["t.csv"]\npath = "images/x"\n',
            "it must name a column, as in 'images/{filename}'",
        ),
        ('[[tables]]\nfiles = ["t.csv"]\n', "tables.0.path is missing"),
        ('[patient]\npatern = "x"\n', "did you mean 'pattern'?"),
        ("[patient]\npattern = '(x'\n", "patient.pattern: not a regular expression: "),
        ("[patient]\npattern = 'x'\n", "patient.pattern: it has no group"),
        ('[values.findings]\nx = "y"\n', "values.findings"),
        ('[values.view]\nx = "pa"\n', "values: view.x means 'pa'; it must mean one of PA, AP"),
        ('[values.icu]\n"*" = "Yes"\n', "values: icu.* means 'Yes'; it must mean one of yes, no"),
        ('[values.finding]\nx = "Covid-19"\n', "values.finding.x means 'Covid-19', which is not"),
        (MASKS.format("(x", "a", "lung"), "masks.0.match: not a regular expression: "),
        (MASKS.format("m/", "{name}.png", "lung"), "masks.of names {name}, which is no group of"),
        (MASKS.format("m/(?P<a>x)", "{a.__class__}", "lung"), "{a.__class__}, which is no group"),
        (MASKS.format("m/", "{", "lung"), "masks.of is '{'"),
        (MASKS.format("m/", "a", "long"), "masks.shows is 'long', which is not in [masks] of"),
        (MASKS.format("m/", "a", "lung") + 'by = "me"\n', "masks.0.by"),
    ],
)
def test_a_mistake_in_a_layout_is_named(folder: Path, extra: str, message: str) -> None:
    assert message in _error(folder, GOOD + extra)


def test_an_unknown_field_is_answered_with_the_fields_there_are(folder: Path) -> None:
    message = _error(folder, GOOD + '[always]\ncolour = "red"\n')
    assert "there is no field 'colour'; the fields are: age, died, doi, " in message


def test_all_mistakes_of_a_file_are_said_at_once(folder: Path) -> None:
    message = _error(folder, 'title = "x"\n[files]\nimages = "/images/"\n')
    assert "url is missing; order is missing; owner is missing" in message


def test_a_secret_is_not_repeated_in_the_message(folder: Path) -> None:
    assert "ghp_secret" not in _error(folder, GOOD.replace("https://", "https://me:ghp_secret@"))


def test_a_file_that_is_not_utf8_is_named(folder: Path) -> None:
    (folder / "sources" / "set.toml").write_bytes(b'title = "\xff"')
    with pytest.raises(ConfigError, match=r"set\.toml: the file is not UTF-8"):
        load.load(folder)


@pytest.mark.parametrize("name", ["sources/set.toml", "decisions.toml", "policy.toml"])
def test_a_file_that_is_nested_without_end_is_named(folder: Path, name: str) -> None:
    (folder / name).write_text(f"a = {'[' * 5000}{']' * 5000}\n", encoding="ascii")
    with pytest.raises(ConfigError, match=r"nested without end"):
        load.load(folder)


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "policy.toml").unlink()
    with pytest.raises(ConfigError, match=r"policy\.toml: the file is not there"):
        load.load(folder)


def test_a_configuration_without_sources_says_what_to_add(folder: Path) -> None:
    (folder / "sources" / "set.toml").unlink()
    with pytest.raises(ConfigError, match=r"holds no source\. Add one TOML file per upstream"):
        load.load(folder)


def test_a_source_that_is_not_there_is_answered_with_those_that_are(folder: Path) -> None:
    with pytest.raises(ConfigError, match="no source 'other' in config/sources; there are: set"):
        load.load(folder).source("other")


def test_a_protocol_we_do_not_allow_is_no_policy(folder: Path) -> None:
    (folder / "policy.toml").write_text('protocols = ["ext"]\n', encoding="utf-8")
    with pytest.raises(ConfigError, match=r"policy\.toml: protocols\.0: "):
        load.load(folder)


def test_an_address_is_for_dask_only() -> None:
    with pytest.raises(ValidationError, match='an address is for runner = "dask"'):
        Compute(address="tcp://127.0.0.1:8786")
    with pytest.raises(ValidationError):
        Compute(runner="dask", address="http://127.0.0.1:8786")
    assert Compute(runner="dask", address="tls://[::1]:8786").here is False
