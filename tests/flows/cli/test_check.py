"""What people change by hand is checked before it is merged, at file and line."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from flows.cli.app import app
from flows.collection import state
from flows.config.place import line_of
from flows.night.reporting.annotations import Remark, annotation
from tests.support.actions import Runner
from tests.support.collection import SIMPLE, Collection
from tests.support.github.hub import Hub
from tests.support.pictures import png
from tests.support.upstream import Upstream, git

MANIFEST = "datasets/manifest/set.csv"


def begin(collection: Collection, upstream: Upstream) -> None:
    """Make a collection with a merged night, on a branch of somebody."""
    upstream.commit({f"images/{i}.png": png(i) for i in range(3)})
    collection.source("set", SIMPLE.format(url=upstream.url))
    git(collection.folder, "add", "config")
    git(collection.folder, "commit", "--quiet", "-m", "config")
    collection.night()
    collection.merge()
    git(collection.folder, "reset", "--quiet", "--hard")
    git(collection.folder, "switch", "--quiet", "--create", "mine")


@pytest.fixture
def edited(begun: Collection) -> Collection:
    return begun


def write(collection: Collection, path: str, text: str) -> None:
    (collection.folder / path).write_text(text, encoding="utf-8", newline="\n")
    git(collection.folder, "add", "--all", "config", "datasets")
    git(collection.folder, "commit", "--quiet", "--allow-empty", "-m", "by hand")


def check(collection: Collection, *words: str, actions: bool = False) -> Result:
    environment = {"GITHUB_ACTIONS": "true" if actions else ""}
    place = ["--checkout", str(collection.folder), "--base", "main"]
    return CliRunner().invoke(app, ["check", *place, *words], env=environment)


def test_what_is_right_is_said_to_be(edited: Collection) -> None:
    write(edited, "config/decisions.toml", "")
    done = check(edited)
    assert (done.exit_code, done.output) == (0, "0 errors, 0 warnings.\n")


DECISIONS = """# mine
[[pairs]]
a = "set/1"
b = "set/2"
verdict = "same"
by = "me"
date = 2026-11-23

[[pairs]]
a = "set/1"
b = "set/3"
verdict = "equal"
by = "me"
date = 2026-11-23
"""
WRONG = {
    "a verdict": ("config/decisions.toml", DECISIONS, 12, "pairs.1.verdict"),
    "a pin": (
        "config/decisions.toml",
        '[[pin]]\nsource = "set"\ncommit = "x"\n',
        3,
        "pin.0.commit",
    ),
    "a pinned source": (
        "config/decisions.toml",
        f'[[pin]]\nsource = "sett"\ncommit = "{"a" * 40}"\nby = "me"\ndate = 2026-11-26\n',
        2,
        "did you mean 'set'?",
    ),
    "no TOML": ("config/decisions.toml", "[[pairs]]\na = \n", 2, "not valid TOML"),
    "a key": (
        "config/policy.toml",
        'protocols = ["file"]\nbace = "main"\n',
        2,
        "did you mean 'base'",
    ),
    "a value": (
        "config/policy.toml",
        'protocols = ["file"]\nmax_pixels = 0\n',
        2,
        "greater than 0",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_configuration_is_named_at_its_line(edited: Collection, case: str) -> None:
    path, text, line, words = WRONG[case]
    write(edited, path, text)
    done = check(edited)
    assert done.exit_code == 1
    assert f"{path}:{line}: error: " in done.output, done.output
    assert words in done.output


def rows(collection: Collection) -> list[str]:
    return (collection.folder / MANIFEST).read_text(encoding="utf-8").splitlines()


ROWS = {
    "a modality": ("", "MRI", "it must be one of"),
    "a pixel hash": ("c19-", "c20-", "which is no image_id"),
    "a cell too many": ("images/1.png,", "images/1.png,,", "cells where"),
}


@pytest.mark.parametrize("case", ROWS)
def test_a_row_that_breaks_the_schema_is_named_at_its_line(edited: Collection, case: str) -> None:
    was, now, words = ROWS[case]
    lines = rows(edited)
    if case == "a modality":
        cells = lines[2].split(",")
        cells[lines[0].split(",").index("modality")] = now
        lines[2] = ",".join(cells)
    else:
        lines[2] = lines[2].replace(was, now, 1)
    write(edited, MANIFEST, "\n".join(lines) + "\n")
    done = check(edited)
    assert done.exit_code == 1
    assert f"{MANIFEST}:3: error: " in done.output, done.output
    assert words in done.output


def test_a_row_changed_by_hand_is_a_warning_that_says_where_to_say_it(edited: Collection) -> None:
    lines = rows(edited)
    lines[1], lines[2] = lines[2], lines[1]
    write(edited, MANIFEST, "\n".join(lines) + "\n")
    printed = check(edited).output
    assert f"{MANIFEST}:2: error: not as the bot writes it" in printed
    lines = sorted(lines[1:])
    write(edited, MANIFEST, "\n".join([rows(edited)[0], *lines[:2]]) + "\n")
    done = check(edited)
    assert done.exit_code == 0, done.output
    lines[0] = lines[0].replace(",active,", ",excluded,")
    write(edited, MANIFEST, "\n".join([rows(edited)[0], *lines]) + "\n")
    done = check(edited)
    assert f"{MANIFEST}:2: warning: " in done.output, done.output
    assert "config/decisions.toml instead" in done.output


def test_what_the_bot_wrote_is_not_by_hand(edited: Collection, upstream: Upstream) -> None:
    upstream.commit({"images/9.png": png(9)})
    git(edited.folder, "switch", "--quiet", "main")
    edited.night()
    git(edited.folder, "switch", "--quiet", "sync/datasets")
    assert check(edited).output == "0 errors, 0 warnings.\n"


def test_a_configuration_that_is_no_file_is_named(edited: Collection) -> None:
    (edited.folder / "config/sources/link.toml").symlink_to("link.toml")
    (edited.folder / "config/sources/folder.toml").mkdir()
    done = check(edited)
    assert done.exit_code == 1, done.exception
    for name in ("link", "folder"):
        assert f"config/sources/{name}.toml:1: error: the file cannot be read" in done.output


def test_a_source_that_stands_twice_is_named(edited: Collection) -> None:
    file = edited.folder / state.SOURCES
    text = file.read_text(encoding="utf-8")
    file.write_text(text + text.splitlines(keepends=True)[-1], encoding="utf-8", newline="\n")
    git(edited.folder, "commit", "--quiet", "--all", "-m", "by hand")
    assert f"{state.SOURCES}:1: error: set stands there 2 times" in check(edited).output


def test_every_table_that_a_night_reads_is_checked(edited: Collection) -> None:
    """A merged one that cannot be read would end every night."""
    tables = [path for path in vars(state).values() if str(path).endswith(".csv")]
    assert len(tables) == 10
    for broken in (b"\xff\xfe", b"nope\n"):
        for path in tables:
            (edited.folder / path).write_bytes(broken)
        git(edited.folder, "add", "--all", "datasets")
        git(edited.folder, "commit", "--quiet", "-m", "by hand")
        done = check(edited)
        assert done.exit_code == 1, done.exception
        assert [path for path in tables if f"{path}:1: error: " not in done.output] == []


def test_lines_of_the_ledger_never_change(edited: Collection) -> None:
    file = edited.folder / "datasets/splits.csv"
    text = file.read_text()
    first = text.splitlines()[1]
    write(edited, "datasets/splits.csv", text.replace(first + "\n", "", 1))
    assert "only ever appended to" in check(edited).output


def test_a_base_that_is_not_there_is_one_sentence(edited: Collection) -> None:
    done = check(edited, "--base", "origin/nothing")
    assert done.exit_code == 2
    assert "fetch-depth: 0" in done.output


HOSTILE = "x\r\n::error file=a::b\n::set-output name=x::y%0A::stop-commands::z"


def test_nothing_of_a_stranger_becomes_a_command_of_the_workflow(edited: Collection) -> None:
    for remark in (Remark(HOSTILE, 1, "says"), Remark("file", 1, HOSTILE)):
        line = annotation(remark)
        assert len(line.splitlines()) == 1
        assert line.count("::") == 2
        assert "%0A" not in line.replace("%250A", "")
    write(edited, "config/policy.toml", f"'::error::{HOSTILE!r}' = 1\n".replace("'x", "x", 1))
    done = check(edited, actions=True)
    starts = [line for line in done.output.splitlines() if "::" in line]
    assert all(line.startswith("::error file=config/policy.toml,line=") for line in starts)
    assert all(line.count("::") == 2 for line in starts), done.output


def test_a_key_is_found_in_tables_and_lists() -> None:
    text = "[files]\nimages = []\n[[tables]]\npath = 1\n[tables.fields]\nfinding = 2\n"
    assert line_of(text, "files.images") == 2
    assert line_of(text, "tables.0.fields.finding") == 6
    assert line_of(text, "tables.0.nothing") == 3
    assert line_of(text, "nothing") == 1


def test_the_workflow_shows_it_in_the_diff(edited: Collection, hub: Hub, tmp_path: Path) -> None:
    write(edited, "config/policy.toml", 'protocols = ["file"]\nbace = "main"\n')
    hub.adopt(str(edited.folder))
    run = Runner(hub, tmp_path, "check.yml", {"github.base_ref": "main"}, ref="mine")
    assert run.job("check") == 1
    assert "::error file=config/policy.toml,line=2::there is no key 'bace'" in run.printed
    assert set(run.jobs["check"]["permissions"].values()) == {"read"}
