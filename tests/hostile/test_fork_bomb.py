"""A fetch that would fetch for ever, seen from outside: how many processes, how much memory."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hostile import repositories
from tests.support.collection import SIMPLE, Collection
from tests.support.pictures import png
from tests.support.upstream import Upstream

_MOST_PROCESSES = 20
_MOST_BYTES = 10**9
_GUARD = 60  # the test's own: it ends what it started
# A git that does not know GIT_NO_LAZY_FETCH, as before 2.39.4 and 2.45.
_OLD_GIT = f"""#!/bin/sh
unset GIT_NO_LAZY_FETCH
exec {shutil.which("git")} "$@"
"""


MESSAGE = {
    "shallow": "it is a shallow copy of a repository, whose history is not complete; follow the "
    "original",
    "without-a-parent": "it lacks objects of its own history, so it cannot be copied; follow a "
    "complete copy, or ask its owner to repair it",
}


def _session(leader: int) -> Iterator[Path]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_bytes().rpartition(b")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == leader and fields[0] != b"Z":
                yield entry


def _bytes(entry: Path) -> int:
    try:
        _, resident, shared, *_ = (entry / "statm").read_bytes().split()
    except (OSError, ValueError):
        return 0
    return (int(resident) - int(shared)) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.parametrize("git", ["as it is", pytest.param("old", marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "name", ["shallow", pytest.param("without-a-parent", marks=pytest.mark.slow)]
)
def test_a_fork_bomb_stays_small_and_the_others_are_done(
    name: str, git: str, tmp_path: Path
) -> None:
    collection = Collection(tmp_path / "collection")
    good = Upstream(tmp_path / "good.git")
    good.commit({"images/a.png": png(1)})
    collection.source("good", SIMPLE.format(url=good.url))
    collection.source("bomb", SIMPLE.format(url=repositories.make(name, tmp_path).url))
    environment = dict(os.environ)
    if git == "old":
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin" / "git").write_text(_OLD_GIT, encoding="ascii")
        (tmp_path / "bin" / "git").chmod(0o755)
        environment["PATH"] = f"{tmp_path / 'bin'}{os.pathsep}{environment['PATH']}"
    command = [sys.executable, "-m", "flows", "sync", "--direct"]
    command += ["--checkout", str(collection.folder), "--cache", str(collection.cache)]
    with (tmp_path / "out").open("wb") as out:
        running = subprocess.Popen(
            command, stdout=out, stderr=out, start_new_session=True, env=environment
        )
    processes = memory_bytes = 0
    while running.poll() is None:
        session = list(_session(running.pid))
        processes = max(processes, len(session))
        memory_bytes = max(memory_bytes, sum(map(_bytes, session)))
        if processes > _GUARD:
            for entry in session:
                os.kill(int(entry.name), 9)
        time.sleep(0.02)
    text = (tmp_path / "out").read_text(encoding="utf-8")
    print(f"{processes} processes, {memory_bytes / 1e6:.0f} MB\n{text}")
    assert processes <= _MOST_PROCESSES, text
    assert memory_bytes <= _MOST_BYTES
    patience_s = time.monotonic() + 15  # decoders notice that their parent has ended
    while list(_session(running.pid)) and time.monotonic() < patience_s:
        time.sleep(0.1)
    assert not list(_session(running.pid))
    assert running.returncode == 1
    [line] = [line for line in text.splitlines() if line.startswith("bomb")]
    assert f"rejected: {MESSAGE[name]}" in line
    assert len(collection.records("good")) == 1
