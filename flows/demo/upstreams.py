"""Make the synthetic upstream repositories, and let a day pass in them.

`World` says what is true in them, so that a test can hold it against what the bot finds.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from flows.demo import commits, copies, studies
from flows.demo.class_folders import ADDED_LATER, COPIED, LEAKED, OWN, copied, own
from flows.demo.commits import Commit
from flows.demo.figures import FIGURES, Figure, content, table

JOURNAL, FOLDERS, HOSPITAL, VOLUMES = "journal-figures", "class-folders", "hospital-ct", "volumes"
BRANCHES = {JOURNAL: "master", FOLDERS: "main", HOSPITAL: "master", VOLUMES: "main"}
_REMOVED = "sars-2004-f2.jpeg"
_RENAMED = ("case-10.jpeg", "synj.2020.0010.fig1.jpeg")
_RELABELLED = ("5", "COVID-19")


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """Names one file: the source and the path in it."""

    source: str
    path: str


@dataclass(frozen=True, slots=True)
class Copy:
    """State that `copy` shows the picture of `original`, and how it was made."""

    copy: Key
    original: Key
    kind: str


@dataclass(frozen=True, slots=True)
class UpstreamDay:
    """What is new in the upstreams on one day; only images, sorted, without tables and prose.

    Attributes:
        relabelled: Images whose row has another finding, as (image, before, after).
        broken: Files that are named like images and cannot be read; they are in `added` too.
        figures: The rows of the journal's table from this day on.
    """

    added: tuple[Key, ...]
    removed: tuple[Key, ...] = ()
    renamed: tuple[tuple[Key, Key], ...] = ()
    relabelled: tuple[tuple[Key, str, str], ...] = ()
    broken: tuple[Key, ...] = ()
    copies: tuple[Copy, ...] = ()
    figures: tuple[Figure, ...] = ()


@dataclass(frozen=True, slots=True)
class World:
    """The synthetic upstreams under `root`/upstreams, and what is true in them.

    Attributes:
        days: What is new on the first and on the second day.
        blank: A slice without any content.
        localizer: The scout view of the CT study.
        pointers: Git LFS pointers; the second is a mask, no image.
    """

    root: Path
    days: tuple[UpstreamDay, UpstreamDay]
    sources: tuple[str, ...] = tuple(BRANCHES)
    blank: Key = Key(HOSPITAL, "case-01/IM000017")
    localizer: Key = Key(HOSPITAL, "case-01/IM000000")
    pointers: tuple[Key, ...] = (
        Key(VOLUMES, "dataset/tr_im.nii"),
        Key(VOLUMES, "dataset/tr_mask.nii"),
    )

    def repository(self, source: str) -> Path:
        """Return the folder of a source's bare repository."""
        return self.root / "upstreams" / f"{source}.git"

    def url(self, source: str) -> str:
        """Return the url a source is cloned from."""
        return self.repository(source).resolve().as_uri()

    def tip(self, source: str) -> str:
        """Return the commit a source's branch is at now."""
        return commits.git(self.repository(source), "rev-parse", BRANCHES[source]).decode().strip()


def make_world(root: Path) -> World:
    """Create the four upstream repositories as they are on the first day."""
    world = World(root, (_day_1(), _day_2()))
    for source, branch in BRANCHES.items():
        repository = world.repository(source)
        repository.mkdir(parents=True)
        commits.git(repository, "init", "--quiet", "--bare", f"--initial-branch={branch}")
        for setting in ("allowFilter", "allowAnySHA1InWant"):
            commits.git(repository, "config", f"uploadpack.{setting}", "true")
    _commit(world, JOURNAL, _journal_1())
    drawn = {path: own(path) for path in OWN if path not in ADDED_LATER}
    taken = {p: copied(p) for p in (*COPIED, LEAKED[0]) if p not in ADDED_LATER}
    _commit(
        world,
        FOLDERS,
        [
            Commit("Add own pictures", 3, _readme(FOLDERS) | drawn),
            Commit("Add pictures from papers", 4, taken),
        ],
    )
    case = _readme(HOSPITAL) | studies.series() | studies.series_mask()
    _commit(world, HOSPITAL, [Commit("Add case 01", 2, case)])
    _commit(world, VOLUMES, [Commit("Add volumes", 2, _readme(VOLUMES) | studies.volumes())])
    return world


def move_on(world: World) -> None:
    """Commit what changes upstream on the second day."""
    new = {f"images/{f.filename}": content(f.filename) for f in FIGURES if f.day == "2"}
    rows = {"metadata.csv": table(world.days[1].figures)}
    renamed = [(f"images/{_RENAMED[0]}", f"images/{_RENAMED[1]}")]
    _commit(
        world,
        JOURNAL,
        [
            Commit("Add figures of April", 10, new),
            Commit("Correct the table", 11, rows, [f"images/{_REMOVED}"], renamed),
        ],
    )
    files = {p: copied(p) if p in COPIED else own(p) for p in ADDED_LATER}
    _commit(world, FOLDERS, [Commit("Add two pictures", 11, files)])
    _commit(world, VOLUMES, [Commit("Outline the lungs", 11, studies.volume_mask())])


def _day_1() -> UpstreamDay:
    figures = tuple(f for f in FIGURES if f.day == "1")
    folders = [p for p in (*COPIED, *OWN, LEAKED[0]) if p not in ADDED_LATER]
    added = [_figure_key(f.filename) for f in figures] + [Key(FOLDERS, p) for p in folders]
    added += [Key(HOSPITAL, path) for path in studies.series()]
    added.append(Key(VOLUMES, "dataset/val_im.nii.gz"))
    leak = Copy(Key(FOLDERS, LEAKED[0]), Key(FOLDERS, LEAKED[2]), LEAKED[1])
    taken = [_copy(p) for p in COPIED if p not in ADDED_LATER]
    return UpstreamDay(tuple(sorted(added)), copies=(*taken, leak), figures=figures)


def _day_2() -> UpstreamDay:
    new = tuple(f for f in FIGURES if f.day == "2")
    kept = [f for f in FIGURES if f.filename != _REMOVED]
    patient, finding = _RELABELLED
    figures = [replace(f, finding=finding) if f.patientid == patient else f for f in kept]
    named = [replace(f, filename=_RENAMED[1]) if f.filename == _RENAMED[0] else f for f in figures]
    added = [_figure_key(f.filename) for f in new] + [Key(FOLDERS, p) for p in ADDED_LATER]
    made = [(f.filename, *f.form.split("<")) for f in new if "<" in f.form]
    return UpstreamDay(
        added=tuple(sorted(added)),
        removed=(_figure_key(_REMOVED),),
        renamed=((_figure_key(_RENAMED[0]), _figure_key(_RENAMED[1])),),
        relabelled=tuple(
            (_figure_key(f.filename), f.finding, finding) for f in kept if f.patientid == patient
        ),
        broken=tuple(_figure_key(f.filename) for f in new if f.form == "truncated"),
        copies=(
            *(Copy(_figure_key(a), _figure_key(b), kind) for a, kind, b in made),
            *(_copy(p) for p in ADDED_LATER if p in COPIED),
        ),
        figures=tuple(named),
    )


def _figure_key(filename: str) -> Key:
    return Key(JOURNAL, f"images/{filename}")


def _copy(path: str) -> Copy:
    kind, original = COPIED[path]
    return Copy(Key(FOLDERS, path), _figure_key(original), kind)


def _journal_1() -> Iterator[Commit]:
    """Commit the journal's figures in three uploads, each with its rows."""
    figures = _day_1().figures
    share = np.hstack([copies.decode(content(figures[n].filename))[:480] for n in (0, 15)])
    prose = _readme(JOURNAL) | {"docs/share-image.png": copies.encode(share, "png")}
    for day, end in ((1, 9), (3, 18), (6, len(figures))):
        files = {f"images/{f.filename}": content(f.filename) for f in figures[:end]}
        rows = {"metadata.csv": table(figures[:end])}
        yield Commit(f"Add figures up to {end}", day, files | rows | prose)


def _readme(source: str) -> dict[str, bytes]:
    words = f"# {source}\n\nSynthetic: every picture is drawn by a program. No person is shown.\n"
    return {"README.md": words.encode()}


def _commit(world: World, source: str, new: Iterable[Commit]) -> None:
    commits.add(world.repository(source), BRANCHES[source], new)
