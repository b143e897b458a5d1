"""Hold a download against the plain way, `curl` and `sha256sum`, by what the processor works.

python -m benchmarks.download                     54.9 MB with shards, then 5,056 owner files
python -m benchmarks.download --rounds 9          the median of more rounds
python -m benchmarks.download --times 10          shards ten times as large: what a MB costs alone

Both fetch the same files from one server on loopback, a process of its own, and check every sum.
The release is made up: its pictures are noise, its manifest has a row for each of them.
"""

import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import requests
import typer

from covid19_images.manifest.record import Record
from covid19_images.release import row as rows
from covid19_images.release.index import Index, Shard, SmallFile, SourceEntry
from covid19_images.release.row import Row

VERSION = "2026.11.23"
_ROWS = 5316
_OWNER_FILES, _OWNER_BYTES = 5056, 10_000
_SHARDS_BYTES = (30_000_000, 15_000_000, 7_900_000)
_PORT = 8217
_URL = f"http://127.0.0.1:{_PORT}"

_SERVER = """
import http.server, sys
from functools import partial

class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version, disable_nagle_algorithm = "HTTP/1.1", True

place = ("127.0.0.1", int(sys.argv[2]))
http.server.ThreadingHTTPServer(place, partial(Handler, directory=sys.argv[1])).serve_forever()
"""


def _row(number: int, *, owner: bytes | None) -> Row:
    content = owner or str(number).encode()
    digest = sha256(content).hexdigest()
    record = Record(
        source="set",
        path=f"images/{number:05}.png",
        blob=digest[:40],
        sha256=digest,
        image_id=f"c19-{digest[:16]}",
        pixels_sha256=digest,
        media_type="image/png",
        bytes=len(content),
        width=224,
        height=224,
        modality="XR",
        finding=("COVID-19",),
        split="train",
        licence="CC-BY-4.0",
    )
    plain = {"commit": "c", "added_in": VERSION, "changed_in": VERSION}
    if owner:
        return Row(record=record, pointer_url=f"{_URL}/owner/{number:05}", **plain)
    shard = {"shard": "images-set-00000.tar", "member": f"{record.image_id}.png"}
    return Row(record=record, redistributable=True, **shard, **plain)


def _release(folder: Path, shards: Sequence[bytes], owners: Sequence[bytes]) -> None:
    """Lay out a release, and beside it the files that its owner serves."""
    place = folder / VERSION
    place.mkdir(parents=True)
    (folder / "owner").mkdir()
    listed = []
    for number, content in enumerate(shards):
        name = f"images-set-{number:05}.tar"
        (place / name).write_bytes(content)
        plain = {"layer": "images", "source": "set", "images": 1, "first_published": VERSION}
        digest = sha256(content).hexdigest()
        listed.append(Shard(name=name, size=len(content), sha256=digest, **plain))
    for number, content in enumerate(owners):
        (folder / "owner" / f"{number:05}").write_bytes(content)
    owned = [_row(number, owner=content) for number, content in enumerate(owners)]
    shipped = [_row(number, owner=None) for number in range(len(owners), _ROWS)]
    manifest = rows.dumps([*owned, *shipped]).encode()
    (place / "manifest.csv").write_bytes(manifest)
    small = SmallFile(name="manifest.csv", size=len(manifest), sha256=sha256(manifest).hexdigest())
    source = SourceEntry(
        name="set",
        title="Noise",
        owner="Nobody",
        url="https://example.org",
        commit="c",
        licence="CC-BY-4.0",
        shipped=len(shipped),
        pointers=len(owned),
    )
    index = Index(version=VERSION, files=(small,), sources=(source,), shards=tuple(listed))
    (place / "index.json").write_text(index.dumps(), encoding="utf-8")
    sums = [
        f"{sha256(file.read_bytes()).hexdigest()}  {file.name}\n"
        for file in sorted(place.iterdir())
    ]
    (place / "SHA256SUMS").write_text("".join(sums), encoding="ascii")
    (folder / "latest.txt").write_text(VERSION)


@contextmanager
def _served(folder: Path) -> Iterator[None]:
    command = [sys.executable, "-c", _SERVER, str(folder), str(_PORT)]
    server = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            try:
                requests.get(f"{_URL}/latest.txt", timeout=1).raise_for_status()
                break
            except requests.ConnectionError:
                time.sleep(0.05)
        yield
    finally:
        server.terminate()
        server.wait()


def _cost(*commands: Sequence[str], cwd: Path) -> tuple[float, float]:
    """Return the seconds that the processor worked, and those that passed."""
    before, begun_s = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    for command in commands:
        subprocess.run(command, cwd=cwd, check=True, capture_output=True)
    after, took_s = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - begun_s
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, took_s


def _plainly(folder: Path, here: Path) -> tuple[float, float]:
    """Fetch all of it with curl, and check it with sha256sum."""
    files = [file for name in (VERSION, "owner") for file in sorted((folder / name).iterdir())]
    asked = "".join(f'url = "{_URL}/{file.relative_to(folder)}"\nremote-name\n' for file in files)
    sums = "".join(f"{sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files)
    here.mkdir()
    (here / "curl.txt").write_text(asked)
    (here / "sums").write_text(sums)
    curl = ["curl", "--silent", "--fail", "--parallel", "--config", "curl.txt"]
    return _cost(curl, ["sha256sum", "--check", "--quiet", "sums"], cwd=here)


def _ours(here: Path) -> tuple[float, float]:
    command = str(Path(sys.executable).with_name("covid19-images"))
    return _cost([command, "download", "--from", _URL, "--loopback", str(here)], cwd=here.parent)


def _compared(title: str, folder: Path, rounds: int) -> None:
    size = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())
    ours, plain = [], []
    with _served(folder):
        for _ in range(rounds):
            ours.append(_ours(folder.parent / "copy"))
            plain.append(_plainly(folder, folder.parent / "plain"))
            for place in ("copy", "plain"):
                shutil.rmtree(folder.parent / place)
    print(f"\n{title}, {size / 1e6:,.1f} MB, median of {rounds} rounds, {os.cpu_count()} cores")
    print(f"{'':40}{'CPU s':>8}{'s':>8}")
    medians = {}
    for name, found in (("covid19-images download", ours), ("curl, then sha256sum", plain)):
        medians[name] = [statistics.median(one) for one in zip(*found, strict=True)]
        print(f"{name:40}{medians[name][0]:8.2f}{medians[name][1]:8.2f}")
    (cpu, passed), (plain_cpu, plain_passed) = medians.values()
    print(f"{'of the plain way':40}{cpu / plain_cpu:8.2f}{passed / plain_passed:8.2f}")


def main(
    rounds: Annotated[int, typer.Option(help="How often each is done.")] = 5,
    times: Annotated[int, typer.Option(help="How many times as large shards are.")] = 1,
) -> None:
    """Download beside curl and sha256sum."""
    noise = random.Random(17)  # noqa: S311  noise
    with tempfile.TemporaryDirectory() as scratch:
        here = Path(scratch)
        shards = [noise.randbytes(size) * times for size in _SHARDS_BYTES]
        _release(here / "shards" / "site", shards, [])
        _compared("Three shards", here / "shards" / "site", rounds)
        owners = [noise.randbytes(_OWNER_BYTES) for _ in range(_OWNER_FILES)]
        _release(here / "owners" / "site", [], owners)
        _compared(f"{_OWNER_FILES:,} files of an owner", here / "owners" / "site", rounds)


if __name__ == "__main__":
    typer.run(main)
