"""Time a cold import and a quiet night beside a plain loop over the same files.

python -m benchmarks.night                      300 synthetic radiographs
python -m benchmarks.night --bundle FILE.bundle a history of your own
"""

import datetime as dt
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar

import git
import imagehash
import typer
from PIL import Image, UnidentifiedImageError

from flows.collection.checkout import EMAIL, NAME, Checkout
from flows.config import load
from flows.demo.copies import encode
from flows.demo.radiograph import radiograph
from flows.forge.folder import FolderForge
from flows.night.run import Report, open_run, run
from flows.upstream import tree

T = TypeVar("T")

_SOURCE = """
title = "Benchmark"
owner = "Nobody"
url = "{url}"
order = 1
[files]
images = ["*"]
"""
_VOCABULARY = Path(__file__).parents[1] / "config" / "vocabulary.toml"


def timed(act: Callable[[], T]) -> tuple[float, T]:
    """Run something and give the seconds it took."""
    start = time.perf_counter()
    result = act()
    return time.perf_counter() - start, result


def _synthetic(folder: Path, images: int) -> Path:
    repo = git.Repo.init(folder)
    for seed in range(images):
        content = encode(radiograph(seed, size=(1024, 1024)), "jpeg", quality=90)
        (folder / f"{seed:04}.jpeg").write_bytes(content)
    repo.git.add(".")
    return _commit(repo, folder)


def _commit(repo: git.Repo, folder: Path) -> Path:
    bot = git.Actor(NAME, EMAIL)
    repo.index.commit("Begin", author=bot, committer=bot)
    return folder


def _collection(folder: Path, upstream: Path) -> Path:
    (folder / "config" / "sources").mkdir(parents=True)
    (folder / "config" / "vocabulary.toml").write_bytes(_VOCABULARY.read_bytes())
    (folder / "config" / "policy.toml").write_text('protocols = ["file"]', encoding="utf-8")
    source = folder / "config" / "sources" / "benchmark.toml"
    source.write_text(_SOURCE.format(url=upstream.as_uri()), encoding="utf-8")
    return _commit(git.Repo.init(folder, initial_branch="main"), folder)


def _night(folder: Path) -> Report:
    given = load.load(folder / "config")
    checkout = Checkout(folder)
    opened, base = open_run(checkout, given, folder.parent / "cache")
    forge = FolderForge(
        checkout, folder / ".proposals", given.policy.branch, base="main", push=False
    )
    return run(opened, base, forge, dt.datetime.now(dt.UTC))


def _plain(files: list[Path]) -> int:
    hashed = 0
    for file in files:
        try:
            imagehash.phash(Image.open(file), hash_size=16)
        except (UnidentifiedImageError, OSError):
            continue
        hashed += 1
    return hashed


def _files(upstream: Path, scratch: Path) -> list[Path]:
    """Write out the files at the tip, for the plain loop."""
    repo = git.Repo(upstream)
    scratch.mkdir()
    files = []
    for entry in tree.entries(upstream, repo.head.commit.hexsha):
        file = scratch / f"{len(files)}"
        file.write_bytes(repo.odb.stream(bytes.fromhex(entry.blob)).read())
        files.append(file)
    return files


def main(
    bundle: Annotated[Path | None, typer.Option(help="A git bundle to import.")] = None,
    images: Annotated[int, typer.Option(help="Synthetic images, without a bundle.")] = 300,
) -> None:
    """Print what a night costs, beside the plain loop."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        if bundle:
            upstream = Path(git.Repo.clone_from(str(bundle), folder / "upstream").working_dir)
        else:
            upstream = _synthetic(folder / "upstream", images)
        files = _files(upstream, folder / "files")
        collection = _collection(folder / "collection", upstream)
        plain_s, hashed = timed(lambda: _plain(files))
        cold_s, first = timed(lambda: _night(collection))
        git.Repo(collection).git.merge("--quiet", "--ff-only", "sync/datasets")
        quiet_s, _ = timed(lambda: _night(collection))
    held = first.changes[0].images
    _line("plain loop of imagehash.phash, one core", hashed, plain_s, plain_s)
    _line("cold import, every step, all cores", held, cold_s, plain_s)
    _line(f"quiet night over {held:,} held images", held, quiet_s, plain_s)


def _line(what: str, images: int, seconds: float, plain_s: float) -> None:
    print(
        f"{what:<42}{images / seconds:>10,.1f} images/s {seconds:>8.2f} s "
        f"{seconds / plain_s:>8.3f} x the plain loop"
    )


if __name__ == "__main__":
    typer.run(main)
