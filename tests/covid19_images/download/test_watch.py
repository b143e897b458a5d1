"""Downloads at once, stopped, and stalled: a verified copy, or one sentence."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from covid19_images.download.download import download
from covid19_images.download.errors import DiskFullError
from covid19_images.download.request import Request
from covid19_images.download.verify import verify
from covid19_images.download.watch import StoppedError, Watch
from tests.support.collection import ROOT
from tests.support.server import Site, serving

SHARD = "images-films-00000.tar"
CLOSED = "http://127.0.0.1:9"  # nothing listens there
COMMAND = "from covid19_images.cli.app import app; app()"


class Notes:
    """Keeps what a person would read."""

    def __init__(self) -> None:
        self.sentences: list[str] = []
        self.received = 0

    def begin(self, files: int, size: int) -> None:
        """Do nothing."""

    def add(self, size: int) -> None:
        """Count."""
        self.received += size

    def note(self, sentence: str) -> None:
        """Keep."""
        self.sentences.append(sentence)


@pytest.fixture
def site(releases: Path) -> Iterator[Site]:
    with serving(releases) as served:
        yield served


def _started(site: Site, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, "download", "--from", site.url, str(folder)],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ,
    )


def test_two_downloads_into_one_folder_wait_for_each_other(site: Site, tmp_path: Path) -> None:
    site.faults = lambda name, _: ("slow", 60_000) if name == SHARD else None
    notes = [Notes(), Notes()]
    threads = [
        threading.Thread(
            target=download,
            args=(tmp_path,),
            kwargs={"request": Request(origin=site.url), "progress": note},
        )
        for note in notes
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    waiting = [s for note in notes for s in note.sentences if "Another download" in s]
    assert len(waiting) == 1
    assert sum(path.endswith(SHARD) for path, _ in site.asked) == 1
    assert verify(tmp_path).is_good


@pytest.mark.parametrize("how", [("slow", 40_000), ("stall", 5_000)], ids=["slow", "silent"])
def test_ctrl_c_ends_a_download_soon_and_the_next_resumes_at_the_byte(
    how: tuple[str, int], site: Site, tmp_path: Path
) -> None:
    site.faults = lambda name, _: how if name == SHARD else None
    process = _started(site, tmp_path)
    part = tmp_path / "shards" / f"{SHARD}.part"
    end = time.monotonic() + 30
    while not (site.sent[SHARD] >= 5_000 and part.exists()) and time.monotonic() < end:
        time.sleep(0.02)
    time.sleep(0.2)
    begun = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=30)
    took_s = time.monotonic() - begun
    assert process.returncode == 130, stderr
    assert "Stopped. What was fetched is kept" in stderr
    assert "Traceback" not in stderr
    assert took_s < 10  # two seconds on a machine that is not busy; a stall would take a minute
    size = part.stat().st_size
    site.asked.clear()
    site.faults = lambda *_: None
    download(tmp_path, request=Request(origin=site.url))
    expected = f"bytes={size}-" if size else None
    assert [asked for path, asked in site.asked if path.endswith(SHARD)] == [expected]
    assert verify(tmp_path).is_good


def test_a_killed_download_keeps_nobody_out(site: Site, tmp_path: Path) -> None:
    site.faults = lambda name, _: ("slow", 40_000) if name == SHARD else None
    process = _started(site, tmp_path)
    end = time.monotonic() + 30
    while not site.sent[SHARD] and time.monotonic() < end:
        time.sleep(0.02)
    process.kill()
    process.communicate(timeout=30)
    site.faults = lambda *_: None
    download(tmp_path, request=Request(origin=site.url))
    assert verify(tmp_path).is_good


def test_a_silent_server_is_noticed_and_said() -> None:
    notes = Notes()
    watch = Watch(notes, stall_s=0.3)
    watch.at_once(lambda _: time.sleep(1.1), [1])
    assert 1 <= len(notes.sentences) <= 3
    assert "the server is silent" in notes.sentences[0]


def test_a_connection_that_is_refused_is_said_at_once(tmp_path: Path) -> None:
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, "download", "--from", CLOSED, str(tmp_path)],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "does not answer" in done.stderr
    assert time.monotonic() - begun < 20


def test_the_first_failure_begins_nothing_more() -> None:
    begun: list[int] = []

    def act(number: int) -> None:
        begun.append(number)
        if number == 0:
            raise DiskFullError("full")
        time.sleep(0.2)

    with pytest.raises(DiskFullError):
        Watch().at_once(act, range(40))
    assert len(begun) <= 12


def test_nothing_is_counted_once_a_download_was_stopped() -> None:
    watch = Watch()
    watch.stop()
    with pytest.raises(StoppedError):
        watch.pause(60)
    with pytest.raises(StoppedError):
        watch.check()
