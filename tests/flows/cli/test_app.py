"""The bot's command line as its users meet it: a process of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import filelock
import pytest

from flows.cli import app as cli
from tests.support import warm
from tests.support.collection import ROOT, SIMPLE, Collection
from tests.support.pictures import png
from tests.support.prefect import with_tables
from tests.support.upstream import Upstream

_START, _LATER = "Starting Prefect", "Looking at 1 upstream"


def bot(collection: Collection, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a night without Prefect."""
    return warm.run("flows", *arguments(collection), "--direct", *words)


def arguments(collection: Collection) -> tuple[str, ...]:
    places = ("--checkout", str(collection.folder), "--cache", str(collection.cache))
    return "sync", *places


def command(collection: Collection) -> list[str]:
    """Name the program that runs a night with Prefect."""
    return [sys.executable, "-m", "flows", *arguments(collection)]


@pytest.fixture
def ready(collection: Collection, upstream: Upstream) -> Collection:
    """A collection with one source that has three pictures."""
    upstream.commit({f"images/{i}.png": png(i) for i in range(3)})
    collection.source("set", SIMPLE.format(url=upstream.url))
    return collection


def test_a_good_night_prints_a_line_per_source_and_a_sentence(ready: Collection) -> None:
    done = bot(ready)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "set  first import (3 images): 3 new images",
        "",
        "1 source moved: 3 new images.",
        "Proposed on branch sync/datasets: 1 source moved: 3 new images.",
        f"See {ready.pages}/index.html",
    ]


def test_a_dry_run_writes_nothing(ready: Collection) -> None:
    before = ready.objects()
    done = bot(ready, "--dry-run")
    assert done.returncode == 0
    assert "Dry run, nothing was written." in done.stdout
    assert ready.objects() == before
    assert not ready.pages.exists()


def test_programs_get_json_and_nothing_else(ready: Collection) -> None:
    done = bot(ready, "--json")
    printed = json.loads(done.stdout)
    assert done.stderr == ""
    assert printed["headline"] == "1 source moved: 3 new images"
    assert printed["sources"][0]["new_images"] == 3


def test_a_source_in_trouble_ends_with_1(ready: Collection, tmp_path: Path) -> None:
    ready.source("away", SIMPLE.format(url=f"file://{tmp_path}/nothing.git"))
    done = bot(ready)
    assert done.returncode == 1
    assert "away  gone: " in done.stdout


def test_a_refused_file_ends_with_1(ready: Collection, upstream: Upstream) -> None:
    upstream.commit({"images/broken.png": png(9)[:100]})
    assert bot(ready).returncode == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--source", "nobody"), "There is no source 'nobody' in config/sources; there are: set."),
        (("--sorce", "set"), "No such option"),
    ],
)
def test_wrong_usage_ends_with_2_and_says_what_would_be_right(
    ready: Collection, words: tuple[str, ...], message: str
) -> None:
    done = bot(ready, *words)
    assert done.returncode == 2
    assert message in done.stderr


def test_a_wrong_configuration_ends_with_2_and_names_the_key(ready: Collection) -> None:
    file = ready.folder / "config" / "sources" / "set.toml"
    file.write_text(file.read_text().replace("order", "ordr"), encoding="utf-8")
    done = bot(ready)
    assert done.returncode == 2
    assert "set.toml" in done.stderr
    assert "'ordr'; did you mean 'order'?" in done.stderr
    assert "Nothing was changed." in done.stderr


def test_what_nobody_expected_ends_with_3(
    ready: Collection, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise LookupError("a mistake of the program")

    monkeypatch.setattr(cli, "open_all", broken)
    monkeypatch.setattr(sys, "argv", ["flows", *arguments(ready), "--direct"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 3
    assert "LookupError: a mistake of the program" in capsys.readouterr().err


def test_two_nights_never_run_at_once_on_one_machine(ready: Collection) -> None:
    ready.cache.mkdir()
    with filelock.FileLock(ready.cache / "night.lock"):
        done = bot(ready)
    assert done.returncode == 2
    assert "Another night is running on this machine" in done.stderr


def test_the_help_says_what_the_exit_codes_mean() -> None:
    done = warm.run("flows", "sync", "--help", variables={"COLUMNS": "100"})
    assert done.returncode == 0
    assert "Exit codes: 0 done or nothing to do" in done.stdout


def test_a_night_with_prefect_is_quiet_and_leaves_no_process(ready: Collection) -> None:
    with_tables(ready.cache / "prefect")
    done = subprocess.run(
        command(ready), cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines() == [
        "Starting Prefect",
        "Looking at 1 upstream",
        "Fetching the history of 1 source",
        "Reading set: 3 images",
        "Comparing all pictures",
        "Drawing what changed",
        "Laying out the proposal",
    ]
    assert not _left_behind(ready)


@pytest.mark.parametrize(
    ("how", "moment"),
    [
        (signal.SIGINT, _START),
        (signal.SIGKILL, _START),
        *(
            pytest.param(how, moment, marks=pytest.mark.slow)
            for how, moment in (
                (signal.SIGTERM, _START),
                (signal.SIGINT, _LATER),
                (signal.SIGTERM, _LATER),
                (signal.SIGKILL, _LATER),
            )
        ),
    ],
)
def test_a_night_that_is_stopped_leaves_no_process(
    ready: Collection,
    how: signal.Signals,
    moment: str,
) -> None:
    with_tables(ready.cache / "prefect")
    running = subprocess.Popen(
        command(ready),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert running.stderr is not None
    for line in running.stderr:
        if line.startswith(moment):
            break
    time.sleep(0.5)
    os.killpg(running.pid, how) if how is signal.SIGINT else running.send_signal(how)
    _, printed = running.communicate(timeout=15)
    assert "Traceback" not in printed
    deadline = time.monotonic() + 5
    while _left_behind(ready) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not _left_behind(ready)


def _left_behind(collection: Collection) -> list[str]:
    """Find processes that still hold something of this collection's cache."""
    found = []
    for process in Path("/proc").iterdir():
        try:
            content = (process / "environ").read_bytes() + (process / "cmdline").read_bytes()
        except (OSError, NotADirectoryError):
            continue
        if str(collection.cache).encode() in content:
            found.append(process.name)
    return found
