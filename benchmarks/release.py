"""Time a release beside plain tools that do less: MB/s of building and of downloading.

python -m benchmarks.release                      400 synthetic radiographs
python -m benchmarks.release --folder FOLDER      pictures of your own

Building is held against `tar` and `sha256sum` over the same files (which neither decode, nor make
squares, nor look for persons); downloading from a server on loopback against `curl`.
"""

import datetime as dt
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Annotated, Any

import git
import typer

from covid19_images.download.download import download
from covid19_images.download.request import Request
from covid19_images.download.verify import verify
from flows.collection.checkout import EMAIL, NAME, Checkout
from flows.config import load
from flows.demo.copies import encode
from flows.demo.radiograph import radiograph
from flows.forge.folder import FolderForge
from flows.night.run import open_run, run
from flows.publish import release
from flows.publish.folder import FolderPublisher

_SOURCE = """
title = "Benchmark"
owner = "Nobody"
url = "{url}"
licence = "CC0-1.0"
order = 1
[files]
images = ["*"]
"""
_CONFIG = Path(__file__).parents[1] / "config"
_IDENTITY = {
    f"GIT_{role}_{key}": value
    for role in ("AUTHOR", "COMMITTER")
    for key, value in (("NAME", NAME), ("EMAIL", EMAIL))
}


def timed(act: Callable[[], Any]) -> float:
    """Time an act, in seconds."""
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def _pictures(folder: Path, count: int) -> None:
    folder.mkdir()
    for seed in range(count):
        (folder / f"{seed:04d}.png").write_bytes(encode(radiograph(seed), "PNG"))


def _collection(folder: Path, pictures: Path) -> tuple[Checkout, load.Config]:
    """Make an upstream of the pictures, a collection that follows it, and one night."""
    upstream = git.Repo.init(folder / "upstream")
    for file in sorted(p for p in pictures.rglob("*") if p.is_file()):
        shutil.copy(file, folder / "upstream" / f"{abs(hash(str(file))):x}{file.suffix}")
    with upstream.git.custom_environment(**_IDENTITY):
        upstream.git.add("--all")
        upstream.git.commit("--quiet", "-m", "pictures")
    sources = folder / "collection" / "config" / "sources"
    sources.mkdir(parents=True)
    for name in ("vocabulary.toml", "licences.toml"):
        shutil.copy(_CONFIG / name, sources.parent)
    (sources.parent / "policy.toml").write_text('protocols = ["file"]\n', encoding="utf-8")
    text = _SOURCE.format(url=f"file://{folder / 'upstream'}")
    (sources / "bench.toml").write_text(text, encoding="utf-8")
    repo = git.Repo.init(folder / "collection", initial_branch="main")
    with repo.git.custom_environment(**_IDENTITY):
        repo.git.commit("--quiet", "--allow-empty", "-m", "begin")
    checkout, given = Checkout(folder / "collection"), load.load(sources.parent)
    night, base = open_run(checkout, given, folder / "cache")
    forge = FolderForge(checkout, folder / "pages", given.policy.branch, base="main", push=False)
    run(night, base, forge, dt.datetime.now(dt.UTC))
    repo.git.update_ref("refs/heads/main", f"refs/heads/{given.policy.branch}")
    return checkout, given


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        """Print nothing."""


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()


def _line(what: str, size: int, seconds: float) -> None:
    print(f"{what:<48} {seconds:7.2f} s  {size / 1e6 / seconds:8.1f} MB/s")


def main(
    folder: Annotated[Path | None, typer.Option(help="Pictures of your own.")] = None,
    count: Annotated[int, typer.Option(help="Synthetic radiographs.")] = 400,
) -> None:
    """Build and download a release, beside tar, sha256sum and curl."""
    with tempfile.TemporaryDirectory() as scratch:
        here = Path(scratch)
        if folder is None:
            _pictures(here / "pictures", count)
        pictures = folder or here / "pictures"
        size = sum(p.stat().st_size for p in pictures.rglob("*") if p.is_file())
        checkout, given = _collection(here, pictures)
        night, _ = open_run(checkout, given, here / "cache")
        publisher = FolderPublisher(here / "releases")
        now = dt.datetime.now(dt.UTC)
        print(f"{size / 1e6:,.1f} MB of pictures, {os.cpu_count()} cores\n")
        _line(
            "release: squares, gate, card, sent, verified",
            size,
            timed(lambda: release.run(night, publisher, now)),
        )
        packed = here / "plain.tar"
        tar = ["tar", "--create", "--file", str(packed), "--directory", str(pictures), "."]
        _line(
            "tar, then sha256sum",
            size,
            timed(
                lambda: (
                    subprocess.run(tar, check=True),
                    subprocess.run(["sha256sum", str(packed)], check=True, capture_output=True),
                )
            ),
        )
        _downloads(here, publisher.published()[-1])


def _downloads(here: Path, version: str) -> None:
    files = [p for p in (here / "releases" / version).iterdir() if p.name.startswith("images-")]
    size = sum(file.stat().st_size for file in files)
    print(f"\n{size / 1e6:,.1f} MB of shards, from a server on loopback\n")
    with _served(here / "releases") as url:
        chosen = Request(origin=url)
        _line(
            "covid19-images download, every sum checked",
            size,
            timed(lambda: download(here / "copy", request=chosen)),
        )
        (here / "curl").mkdir()
        urls = [f"{url}/{version}/{file.name}" for file in files]
        curl = ["curl", "--no-progress-meter", "--fail", "--parallel", "--remote-name-all", *urls]
        _line(
            "curl, nothing checked",
            size,
            timed(lambda: subprocess.run(curl, cwd=here / "curl", check=True)),
        )
    if not verify(here / "copy").is_good:
        raise SystemExit("The copy is not what was published.")


if __name__ == "__main__":
    typer.run(main)
