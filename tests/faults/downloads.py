"""Download at once, killed, into no room: `python -m tests.faults.downloads [NAME …]`.

Each time ends in a verified copy, or in one sentence and a copy that the next run completes. The
tests of downloads do each of these once; this does them often, and prints how often it went wrong.
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from covid19_images.download.verify import verify
from tests.covid19_images.download.copies import VERSION
from tests.support import local_copy
from tests.support.collection import ROOT
from tests.support.server import Site, serving

COMMAND = "from covid19_images.cli.app import app; app()"
LIMITED = f"""
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (int(__import__("os").environ["ROOM"]),) * 2)
{COMMAND}
"""
RANK = """
import covid19_images as c19
images, _ = c19.load("xray", "train")
print(len(images), int(images.sum()))
"""
PLAINLY = ("setpriv", "--bounding-set", "-dac_override") if os.geteuid() == 0 else ()
"""Else root writes wherever it likes."""


def _start(code: str, *words: object, **places: object) -> subprocess.Popen:
    return subprocess.Popen(
        [*PLAINLY, sys.executable, "-c", code, *map(str, words)],
        cwd=ROOT,
        env=os.environ | {name: str(value) for name, value in places.items()},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _download(site: Site, folder: Path, code: str = COMMAND, **places: int) -> subprocess.Popen:
    return _start(code, "download", "--from", site.url, folder, **places)


def _ended(processes: Sequence[subprocess.Popen]) -> list[tuple[int, str, str]]:
    found = [(*process.communicate(timeout=300), process.returncode) for process in processes]
    return [(code, stdout, stderr) for stdout, stderr, code in found]


def _whole(folder: Path) -> str | None:
    found = verify(folder)
    return None if found.is_good else f"not whole: {found}"


def _completed(site: Site, folder: Path) -> str | None:
    """Return what is wrong after one more run."""
    [(code, _, stderr)] = _ended([_download(site, folder)])
    return _whole(folder) if code == 0 else f"the next run fails: {stderr}"


def _one_sentence(code: int, stderr: str) -> str | None:
    errors = [line for line in stderr.splitlines() if line.startswith("error: ")]
    is_well = code == 1 and len(errors) == 1 and "Traceback" not in stderr
    return None if is_well else f"exit code {code}, {stderr}"


def four_ranks(site: Site, folder: Path, _: int) -> str | None:
    """Four training processes without a copy load the same, and one of them downloads."""
    places = {"COVID19_IMAGES_FROM": site.url, "COVID19_IMAGES_DIR": folder}
    ranks = _ended([_start(RANK, **places) for _ in range(4)])
    if {code for code, *_ in ranks} != {0} or len({stdout for _, stdout, _ in ranks}) != 1:
        return f"they end otherwise: {ranks}"
    if sum("downloading one" in stderr for *_, stderr in ranks) != 1:
        return "not one of them downloads"
    return _whole(folder)


def two_at_once(site: Site, folder: Path, _: int) -> str | None:
    """Two downloads into one folder wait for each other."""
    both = _ended([_download(site, folder) for _ in range(2)])
    return _whole(folder) if [code for code, *_ in both] == [0, 0] else f"one fails: {both}"


def killed(site: Site, folder: Path, number: int) -> str | None:
    """A download that is killed at any moment is completed by the next."""
    process = _download(site, folder)
    time.sleep(random.Random(number).uniform(0.1, 2.5))
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return _completed(site, folder)


def no_room(site: Site, folder: Path, number: int) -> str | None:
    """A file that may grow no further is a full disk, and the next run goes on."""
    room = 20_000 * (1 + number)
    [(code, _, stderr)] = _ended([_download(site, folder, LIMITED, ROOM=room)])
    return _one_sentence(code, stderr) or _completed(site, folder)


def read_only(site: Site, folder: Path, number: int) -> str | None:
    """A folder that may not be written is named, whether it is there or its parent is."""
    folder.mkdir()
    folder.chmod(0o555)
    target = folder if number % 2 else folder / "copy"
    [(code, _, stderr)] = _ended([_download(site, target)])
    odd = _one_sentence(code, stderr)
    folder.chmod(0o755)
    return odd or _completed(site, folder)


def stalled(site: Site, folder: Path, _: int) -> str | None:
    """A server that falls silent is named after half a minute, and asked again."""
    first = "images-journal-00000.tar"
    site.faults = lambda name, count: ("stall", 9000) if (name, count) == (first, 1) else None
    site.asked.clear()
    [(code, _, stderr)] = _ended([_download(site, folder)])
    site.faults = lambda *_: None
    if code or "the server is silent" not in stderr:
        return f"exit code {code}, {stderr}"
    return _whole(folder)


TIMES: dict[Callable[[Site, Path, int], str | None], int] = {
    two_at_once: 20,
    killed: 50,
    no_room: 10,
    read_only: 10,
    stalled: 1,
    four_ranks: 20,
}


def main(names: list[str]) -> int:
    """Print one line for each, and what went wrong."""
    bad = 0
    with tempfile.TemporaryDirectory() as scratch:
        here = Path(scratch)
        releases = local_copy.publish(local_copy.make(here / "made"), here / "releases")
        (releases / "latest.txt").write_text(VERSION)
        with serving(releases) as site:
            for act, times in TIMES.items():
                if names and act.__name__ not in names:
                    continue
                begun_s = time.monotonic()
                tried = [act(site, here / f"{act.__name__}-{at}", at) for at in range(times)]
                wrong = [found for found in tried if found]
                bad += len(wrong)
                took_s = time.monotonic() - begun_s
                print(f"{act.__name__:<12} {times:>3} times  wrong: {len(wrong)}  {took_s:.0f} s")
                for found in wrong[:3]:
                    print(f"  {found}", flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
