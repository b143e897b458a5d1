"""Measure what conflicts, withdrawals and owners' corrections cost of a night, and what they open.

python -m benchmarks.statements                          an owner and a collector of its pictures
python -m benchmarks.statements --bundle NAME=FILE …     real histories, as they are configured
"""

import datetime as dt
import os
import resource
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, ParamSpec, TypeVar

import git
import typer

from covid19_images.manifest.statements import conflicts
from flows.collection.checkout import EMAIL, NAME, Checkout
from flows.config import load
from flows.demo.copies import copy, encode
from flows.demo.radiograph import radiograph
from flows.forge.folder import FolderForge
from flows.night.compare import find
from flows.night.plan import stage
from flows.night.run import open_run, run
from flows.proposal import corrections, holds

_P, _R = ParamSpec("_P"), TypeVar("_R")
_CONFIG = Path(__file__).parents[1] / "config"
_PARTS: tuple[tuple[Any, str], ...] = (
    (find, "hold"),
    (stage, "hold"),
    (stage, "apply_exclusions"),
    (stage, "all_conflicts"),
    (stage, "fresh"),
    (stage, "report_holds"),
    (conflicts, "fresh"),
    (corrections, "corrections"),
    (holds, "report_holds"),
)
_OPENING = frozenset({"open", "subprocess.Popen", "socket.connect", "os.listdir", "os.scandir"})
_SOURCE = """
title = "Benchmark"
owner = "Nobody"
url = "{url}"
order = {order}
[files]
images = ["*.jpeg"]
[[tables]]
files = ["table.csv"]
path = "{{file}}"
[tables.fields]
finding = ["finding"]
"""


@dataclass
class Cost:
    """What the parts took.

    Attributes:
        cpu_s: Seconds of this process.
        opened: How often they opened a file, a folder, a program or a connection.
        depth: How many of them run now.
    """

    cpu_s: float = 0.0
    opened: int = 0
    depth: int = 0


_cost = Cost()


@cache
def _begin_listening() -> None:
    """Hear of every opening in this process, from now on; Python lets nobody stop."""
    sys.addaudithook(_listen)


def _listen(event: str, _: object) -> None:
    _cost.opened += bool(_cost.depth and event in _OPENING)


@contextmanager
def measured() -> Iterator[Cost]:
    """Count what the parts of a night take while it runs."""
    _begin_listening()
    kept = [(room, name, getattr(room, name)) for room, name in _PARTS]
    _cost.cpu_s, _cost.opened = 0.0, 0
    for room, name, part in kept:
        setattr(room, name, _timed(part))
    yield _cost
    for room, name, part in kept:
        setattr(room, name, part)


def _timed(part: Callable[_P, _R]) -> Callable[_P, _R]:
    def one(*given: _P.args, **named: _P.kwargs) -> _R:
        start, _cost.depth = time.process_time(), _cost.depth + 1
        try:
            return part(*given, **named)
        finally:
            _cost.depth -= 1
            if not _cost.depth:
                _cost.cpu_s += time.process_time() - start

    return one


def _used_s() -> float:
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in both) + _workers_s()


def _workers_s() -> float:
    """Return what living processes below this one used, and what those used that they waited for.

    Workers are children of a fork server, so nobody waits for them here.
    """
    parents, ticks = {}, {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = file.read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:  # it ended meanwhile
            continue
        pid = int(file.parent.name)
        parents[pid], ticks[pid] = int(fields[1]), sum(map(int, fields[11:15]))
    below = {os.getpid()}
    while new := {pid for pid, parent in parents.items() if parent in below} - below:
        below |= new
    return sum(ticks[pid] for pid in below - {os.getpid()}) / os.sysconf("SC_CLK_TCK")


def _night(collection: Path, what: str) -> None:
    config, checkout = load.load(collection / "config"), Checkout(collection)
    pages, branch = collection / ".proposals", config.policy.branch
    before_s = _used_s()
    with measured() as cost:
        opened, base = open_run(checkout, config, collection.parent / "cache")
        forge = FolderForge(checkout, pages, branch, base="main", push=False)
        report = run(opened, base, forge, dt.datetime.now(dt.UTC))
        spent_s, opened_here = cost.cpu_s, cost.opened
    all_s = _used_s() - before_s
    if report.proposal:
        git.Repo(collection).git.merge("--quiet", "--ff-only", branch)
    print(
        f"{what:<34}{all_s:>8.1f} s CPU, of them {spent_s:>7.3f} s ({spent_s / all_s:.2%}),"
        f" {opened_here} openings"
    )


def _begin(folder: Path, sources: dict[str, str]) -> Path:
    (folder / "config" / "sources").mkdir(parents=True)
    for name in ("vocabulary.toml", "licences.toml"):
        (folder / "config" / name).write_bytes((_CONFIG / name).read_bytes())
    (folder / "config" / "policy.toml").write_text('protocols = ["file"]', encoding="utf-8")
    for name, text in sources.items():
        (folder / "config" / "sources" / f"{name}.toml").write_text(text, encoding="utf-8")
    _commit(git.Repo.init(folder, initial_branch="main"))
    return folder


def _commit(repo: git.Repo) -> None:
    bot = git.Actor(NAME, EMAIL)
    repo.git.add("--all")
    repo.index.commit("Go on", author=bot, committer=bot)


def _real(folder: Path, bundles: list[str]) -> dict[str, str]:
    """Clone histories, and configure each as the collection does."""
    sources = {}
    for name, _, bundle in (one.partition("=") for one in bundles):
        clone = git.Repo.clone_from(bundle, folder / name, mirror=True).git_dir
        text = (_CONFIG / "sources" / f"{name}.toml").read_text(encoding="utf-8")
        url = tomllib.loads(text)["url"]
        sources[name] = text.replace(f'url = "{url}"', f'url = "{Path(clone).as_uri()}"')
    return sources


def _drawn(folder: Path, images: int) -> dict[str, str]:
    """Draw an owner's pictures, and a collector's copies of them."""
    sources = {}
    for order, name in enumerate(("owner", "collector")):
        repo = git.Repo.init(folder / name)
        for seed in range(images):
            content = encode(radiograph(seed, size=(640, 600)))
            content = copy(content, "resized") if order else content
            (folder / name / f"{seed:04}.jpeg").write_bytes(content)
        _table(folder / name, ["COVID-19"] * images)
        _commit(repo)
        url = (folder / name).as_uri()
        sources[name] = _SOURCE.format(url=url, order=order)
    return sources


def _table(folder: Path, findings: list[str]) -> None:
    lines = [f"{at:04}.jpeg,{finding}" for at, finding in enumerate(findings)]
    (folder / "table.csv").write_text("\n".join(["file,finding", *lines, ""]), encoding="utf-8")


def _correct(owner: Path, images: int) -> None:
    """Withdraw every twentieth picture, and correct the finding of every tenth."""
    for at in range(0, images, 20):
        (owner / f"{at:04}.jpeg").unlink()
    _table(owner, ["No finding" if at % 10 == 5 else "COVID-19" for at in range(images)])
    _commit(git.Repo(owner))


def main(
    bundle: Annotated[list[str] | None, typer.Option(help="NAME=FILE, for each source.")] = None,
    images: Annotated[int, typer.Option(help="Pictures of the drawn owner.")] = 200,
) -> None:
    """Print the share that conflicts, withdrawals and corrections have in nights."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        sources = _real(folder, bundle) if bundle else _drawn(folder, images)
        collection = _begin(folder / "collection", sources)
        _night(collection, "first import")
        if not bundle:
            _correct(folder / "owner", images)
            _night(collection, "withdrawals and corrections")
        _night(collection, "quiet night")


if __name__ == "__main__":
    typer.run(main)
