"""Mistakes in a configuration: each is said with its file, its key and what would be right."""

import re
import shutil
from pathlib import Path

import pytest

from flows.config import load
from flows.config.load import ConfigError
from tests.support.collection import ROOT, SIMPLE

PAIR = """
[[pairs]]
a = "set/images/a.png"
b = "set/images/b.png"
verdict = "{}"
by = "a radiologist"
date = {}
"""
EXCLUDE = """
[[exclude]]
image = "set/images/a.png"
reason = "{}"
by = "a maintainer"
date = {}
"""
SAME, OTHER = PAIR.format("same", "2026-11-23"), PAIR.format("different", "2026-11-23")
GITHUB = '[release]\nkind = "github"\nurl = "https://{}/o/r/releases/download"\n'
ONE_WORD = "are one word"

POLICY = {
    'branch = "main"': "branch and base are both 'main'; proposals need a branch of their own",
    'base = "sync/datasets"': "branch and base are both",
    'branch = "main/sync"': "git cannot have both branches 'main' and 'main/sync'",
    'branch = "my branch"': "branch: not a branch name: 'my branch'. Use letters, digits",
    'branch = "a..b"': "branch: not a branch name: 'a..b'",
    'branch = "."': "branch: not a branch name: '.'",
    'branch = "a/.b"': "branch: not a branch name",
    'branch = "a.lock"': "branch: not a branch name",
    'branch = "a/"': "branch: not a branch name",
    'branch = "--force"': "branch: not a branch name",
    'branch = "HEAD"': "branch: not a branch name",
    'branch = "refs/heads/x"': "branch: not a branch name",
    'base = "main~1"': "base: not a branch name: 'main~1'",
    'branch = ""': "branch: not a branch name: ''",
    "branch = 3": "branch: it must be text in quotes, not 3",
    '[forge]\nfolder = "/etc"': "forge.folder: '/etc' is no folder inside of the checkout",
    '[forge]\nfolder = "../x"': "forge.folder: '../x' is no folder inside",
    '[release]\nfolder = "a/../../x"': "release.folder: 'a/../../x' is no folder",
    '[release]\nfolder = "~/x"': "release.folder: '~/x' is no folder",
    '[forge]\nfolder = "."': "forge.folder: '.' is no folder inside",
    '[forge]\nfolder = ""': "forge.folder: '' is no folder inside",
    '[forge]\nfolder = ".git/x"': "forge.folder: '.git/x' is no folder",
    "[forge]\nfolder = 'C:\\x'": "forge.folder: 'C:",
    '[forge]\nfolder = ".releases"': "forge.folder and release.folder are both '.releases'",
    '[forge]\napi = "https://api.github.example"': "api is on api.github.example, and server",
    '[forge]\nserver = "https://git.example"': "api is on api.github.com, and server is git.exam",
    '[forge]\napi = "http://api.github.com"': "forge.api: 'http://api.github.com' must begin with",
    GITHUB.format("github.example"): "release.url is on github.example, but releases go to github",
    '[forge]\nrepository = "x"': "forge.repository: it must be OWNER/NAME, not 'x'",
    '[forge]\nkind = "gitlab"': "forge.kind: it must be one of 'folder', 'github', not 'gitlab'",
    "hold_removed_share = 20": "hold_removed_share: it must be at most 1, not 20",
    'hold_removed_share = "a fifth"': "hold_removed_share: it must be a number, not 'a fifth'",
    "max_pixels = 0": "max_pixels: it must be greater than 0, not 0",
    '[forge]\npush = "perhaps"': "forge.push: it must be true or false, not 'perhaps'",
    'hosts = "github.com"': "hosts: it must be a list, as in",
    'hosts = ["https://github.com"]': "hosts.0: it must be the name of a host in small letters",
    'forge = "github"': "forge: it must be a table of keys and values, not 'github'",
    "hold_removed_shar = 1": "no key 'hold_removed_shar'; did you mean 'hold_removed_share'?",
    '[compute]\nrunner = "dask"\naddress = "x"': "compute.address: it must be an address as in",
}
SOURCE = {
    'order = 1\nlicence = "free for all"': "licence: 'free for all' is no SPDX licence; write its",
    'order = 1\nlicence = "cc-by-4.0"': "is no SPDX licence; did you mean 'CC-BY-4.0'?",
    'order = 1\nbranch = "a b"': "branch: not a branch name: 'a b'",
    "order = 1.5": "order: it must be a whole number, not 1.5",
    'order = 1\nurls = "x"': "there is no key 'urls'; did you mean 'url'?",
}
VOCABULARY = {
    '[values.licence]\n"as is" = "as is"': "'as is' is no SPDX licence",
    '[values.view]\n"PA" = "PA"\n"pa" = "PA"': f"view: 'PA' and 'pa' {ONE_WORD}",
    '[values.view]\n"a  b" = "AP"\n"a_b" = "AP"': f"view: 'a  b' and 'a_b' {ONE_WORD}",
    'findings = ["COVID-19", "Covid-19"]': f"findings: 'COVID-19' and 'Covid-19' {ONE_WORD}",
    'unknown = ["N/A", "n/a"]': f"unknown: 'N/A' and 'n/a' {ONE_WORD}",
    '[countries]\n"UK" = "GB"\n"uk" = "UA"': f"countries: 'UK' and 'uk' {ONE_WORD}",
    "[ranges]\nage = [120, 0]": "ranges: age goes from 120 to 0; write the smaller one first",
    "[ranges]\nheight = [0, 3]": "ranges: height has no range; ranges are of: age,",
    "[ranges]\nage = [0]": "ranges.age.1 is missing",
}
LICENCES = {
    '["MIT-ish"]\nredistribute = true\nwhy = "x"': "MIT-ish: 'MIT-ish' is no SPDX licence",
    '["MIT"]\nredistribute = "perhaps"\nwhy = "x"': "MIT.redistribute: it must be true or false",
}
DECISIONS = {
    SAME + OTHER: "pairs.1: set/images/a.png and set/images/b.png are 'different' here and 'same'",
    SAME.replace("b.png", "a.png"): "pairs.0: a and b are one picture",
    PAIR.format("maybe", "2026-11-23"): "pairs.0.verdict: it must be one of 'same', 'different'",
    PAIR.format("same", '"soon"'): "pairs.0.date: it must be a day, as in 2026-11-23",
    '[[ignore]]\nsource = "sett"\nuntil = 2026-12-24\nby = "x"': (
        "ignore.0.source: there is no source 'sett'; did you mean 'set'?"
    ),
    EXCLUDE.format("because", "2026-11-23"): "exclude.0.reason: it must be one of",
    EXCLUDE.format("owner", "2026-11-23").replace(
        "image", "picture", 1
    ): "exclude.0.image is missing",
}
MISTAKES = [
    *(("policy", text, words) for text, words in POLICY.items()),
    *(("sources/set", text, words) for text, words in SOURCE.items()),
    *(("vocabulary", text, words) for text, words in VOCABULARY.items()),
    *(("licences", text, words) for text, words in LICENCES.items()),
    *(("decisions", text, words) for text, words in DECISIONS.items()),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A configuration of one source."""
    (tmp_path / "sources").mkdir()
    for name in ("policy", "vocabulary", "licences"):
        shutil.copy(ROOT / "config" / f"{name}.toml", tmp_path)
    _write_source(tmp_path, "set", "order = 1")
    return tmp_path


def _write_source(folder: Path, name: str, order: str) -> None:
    text = SIMPLE.format(url=f"https://github.com/o/{name}").replace("order = 1", order)
    (folder / "sources" / f"{name}.toml").write_text(text, encoding="utf-8")


def _message(folder: Path) -> str:
    with pytest.raises(ConfigError) as error:
        load.load(folder)
    message = str(error.value)
    assert message.endswith("Nothing was changed.")
    assert not re.search(r"Input should|pydantic|Traceback|type=|validation error", message)
    return message


@pytest.mark.parametrize(("stem", "text", "words"), MISTAKES)
def test_a_mistake_is_said_with_its_file_and_what_would_be_right(
    folder: Path, stem: str, text: str, words: str
) -> None:
    if stem == "sources/set":
        _write_source(folder, "set", text)
    else:
        text = _vocabulary(text) if stem == "vocabulary" else text
        (folder / f"{stem}.toml").write_text(text, encoding="utf-8")
    message = _message(folder)
    assert message.startswith(f"{folder}/{stem}.toml: ")
    assert words in message


def _vocabulary(text: str) -> str:
    """Write a small vocabulary round a mistake."""
    needed = {"unknown": "unknown = []", "findings": 'findings = ["COVID-19"]'}
    head = [line for key, line in needed.items() if not text.startswith(key)]
    tail = [] if "[values" in text else ["[values]"]
    return "\n".join([*head, text, *tail])


def test_there_are_enough_of_them() -> None:
    assert len(MISTAKES) >= 40


def test_two_sources_of_one_order_are_both_named(folder: Path) -> None:
    _write_source(folder, "zoo", "order = 1")
    message = _message(folder)
    assert "zoo.toml: order is 1, as in set.toml" in message
    assert "2 is free" in message


@pytest.mark.parametrize("newer", ["date = 2026-11-24", 'date = 2026-11-23\nwhy = "a second look"'])
def test_a_newer_decision_overrules_an_older_one(folder: Path, newer: str) -> None:
    text = SAME + OTHER.replace("date = 2026-11-23", newer)
    (folder / "decisions.toml").write_text(text, encoding="utf-8")
    assert len(load.load(folder).decisions.pairs) == 2
