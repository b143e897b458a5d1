"""Run two nights in the synthetic world, show their proposal, and take a release home."""

import datetime as dt
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

import git

from flows.cli.take_home import COPY, MONTAGE, PLANES, take_home
from flows.collection.checkout import EMAIL, NAME, Checkout
from flows.collection.histories import histories
from flows.config import load
from flows.config.load import ConfigError
from flows.demo import upstreams
from flows.demo.upstreams import World, make_world, move_on
from flows.forge.folder import FolderForge
from flows.night.opened import Opened
from flows.night.reporting import console
from flows.night.run import Report, open_run
from flows.orchestration.server import prefect_server
from flows.publish.registry import publisher
from flows.site import night, releases
from flows.site.build import build
from flows.site.collect import collect, with_features
from flows.site.write import write

_CONFIG = Path(upstreams.__file__).parent / "config"
_VOCABULARY = Path(__file__).parents[2] / "config" / "vocabulary.toml"
_OURS = {"upstreams", "collection", "cache", "site", COPY, MONTAGE, PLANES}
_NIGHTS = tuple(dt.datetime(2020, 4, day, 3, 17, tzinfo=dt.UTC) for day in (9, 12))

Say = Callable[[str], None]


class Run(Protocol):
    """Run a night, with Prefect or without."""

    def __call__(self, opened: Opened, /, *, say: Say) -> Report:
        """Return the report."""
        ...


def show(folder: Path, say: Say, *, direct: bool = False) -> list[str]:
    """Make the world anew, import it, let it move on, and propose what changed.

    Args:
        folder: Where everything is written; emptied first.
        say: Called with what is being done.
        direct: Whether to do without Prefect.

    Returns:
        The result, line by line.

    Raises:
        ConfigError: The folder holds what no demo wrote; nothing is removed.
    """
    _check_ours(folder)
    if direct:
        return _show(folder, say, Opened.run)
    say("Starting Prefect")
    with prefect_server(folder.with_name(f"{folder.name}-prefect")):
        from flows.orchestration import night_flow  # noqa: PLC0415  Prefect reads its settings on import

        return _show(folder, say, night_flow.sync)


def _check_ours(folder: Path) -> None:
    """Raise unless everything in a folder is a demo's: it is about to be emptied."""
    there = sorted(one.name for one in folder.iterdir()) if folder.is_dir() else []
    others = [name for name in there if name not in _OURS]
    if others or (folder.exists() and not folder.is_dir()):
        holds = f"holds {', '.join(others[:3])}" if others else "is a file"
        raise ConfigError(
            f"--folder {folder} {holds}, which no demo wrote. Nothing was removed. Name another."
        )


def _show(folder: Path, say: Say, run: Run) -> list[str]:
    shutil.rmtree(folder, ignore_errors=True)
    say("Drawing the synthetic world")
    world = make_world(folder)
    checkout = _begin(folder / "collection", world)
    say("Night 1")
    first = _night(run, checkout, _NIGHTS[0], say)
    git.Repo(checkout).git.merge("--quiet", "--ff-only", "sync/datasets")
    say("A day passes upstream")
    move_on(world)
    say("Night 2")
    second = _night(run, checkout, _NIGHTS[1], say)
    table = take_home(checkout, folder, _NIGHTS[1], say)
    say("Building the site")
    _site(checkout, folder / "site")
    return [*_summary(folder, checkout, first, second), *_at_home(folder, table)]


def _begin(folder: Path, world: World) -> Path:
    """Make a collection that knows the world's upstreams and holds nothing yet."""
    shutil.copytree(_CONFIG, folder / "config")
    shutil.copy(_VOCABULARY, folder / "config")
    address = (world.root / "upstreams").resolve().as_uri()
    for file in (folder / "config" / "sources").iterdir():
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace('"WORLD/', f'"{address}/'), encoding="utf-8")
    repo = git.Repo.init(folder, initial_branch="main")
    repo.index.add(["config"])
    bot = git.Actor(NAME, EMAIL)
    repo.index.commit(
        "Begin", author=bot, committer=bot, author_date=_NIGHTS[0], commit_date=_NIGHTS[0]
    )
    return folder


def _night(run: Run, folder: Path, now: dt.datetime, say: Say) -> Report:
    config = load.load(folder / "config")
    checkout = Checkout(folder)
    context, base = open_run(checkout, config, folder.parent / "cache")
    policy = config.policy
    forge = FolderForge(
        checkout, folder / ".proposals", policy.branch, base=policy.base, push=False
    )
    return run(Opened(context, base, forge, now), say=say)


def _site(checkout: Path, to: Path) -> None:
    """Build the site of what is merged and released, the first night, and of what is proposed."""
    config, opened = load.load(checkout / "config"), Checkout(checkout)
    at = publisher(config.policy, checkout)
    published = releases.releases(at.published(), at.read, config.policy.release.url)
    base = opened.base(config.policy.base)
    past, last = (
        histories(opened.repo, base),
        night.read(checkout / ".proposals", _NIGHTS[1].date()),
    )
    site = collect(opened.state(base), config, published, histories=past, night=last)
    write(to, build(with_features(site, checkout.parent / "cache", at.fetch)))


def _summary(folder: Path, checkout: Path, first: Report, second: Report) -> list[str]:
    shown = _relative(checkout)
    return [
        "",
        "Night 1, the first import:",
        *_indented(console.lines(first)[:-4]),
        "",
        "A day passes upstream. Night 2 proposes what changed:",
        *_indented(console.lines(second)[:-2]),
        "",
        "Look at it:",
        f"  the proposal's page  {shown}/.proposals/index.html",
        f"  the site             {_relative(folder)}/site/index.html",
        f"  the manifest         {shown}/datasets/manifest/",
        f"  the commit           git -C {shown} show --stat sync/datasets",
        f"  the upstreams        {_relative(folder)}/upstreams/",
    ]


def _indented(lines: Sequence[str]) -> Iterator[str]:
    return (f"  {line}".rstrip() for line in lines)


def _at_home(folder: Path, table: str) -> list[str]:
    copy = _relative(folder) / COPY
    program = _relative(Path(sys.executable).with_name("covid19-images"))
    return [
        "",
        "What was merged is released, and a researcher downloads it:",
        *_indented(table.splitlines()),
        "",
        "Look at it:",
        f"  the release          {_relative(folder)}/collection/.releases/",
        f"  its pictures         {_relative(folder)}/{MONTAGE}",
        f"  its volumes          {_relative(folder)}/{PLANES}",
        f"  its counts           {program} summary --root {copy}",
        f"  a baseline           {program} baseline --root {copy}",
    ]


def _relative(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
