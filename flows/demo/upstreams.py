"""Make the synthetic upstream repositories, and let a day pass in them.

`World` says what is true in them, so that a test can hold it against what the bot finds.
"""

import csv
import io
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import numpy as np

from flows.demo import copies
from flows.demo.phantoms import Finding, View, ct_volume, radiograph

JOURNAL, FOLDERS, HOSPITAL, VOLUMES = "journal-figures", "class-folders", "hospital-ct", "volumes"
BRANCHES = {JOURNAL: "master", FOLDERS: "main", HOSPITAL: "master", VOLUMES: "main"}
_HEADER = ("patientid", "offset", "sex", "age", "finding", "survival", "view", "modality", "date",
           "location", "filename", "doi", "url", "license", "clinical_notes", "other_notes",
           "")  # fmt: skip
_DRAWN: Mapping[str, Finding] = {
    "COVID-19": "opacity", "SARS": "opacity", "Streptococcus": "consolidation",
    "ARDS": "interstitial", "Pneumocystis": "interstitial", "BacterialPneumonia": "consolidation",
    "ViralPneumonia": "interstitial",
}  # fmt: skip
_VIEWS: Mapping[str, View] = {"PA": "PA", "AP": "AP", "AP Supine": "AP", "L": "LATERAL"}


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the journal's table; `form` is how its file is written, or `kind<original`."""

    night: str
    filename: str
    patientid: str
    offset: str
    sex: str
    age: str
    finding: str
    survival: str
    view: str
    modality: str
    date: str
    location: str
    license: str
    form: str
    clinical_notes: str


_FIGURES = tuple(Figure(*line.split("|")) for line in """\
1|synj.2020.0002.fig1a.jpeg|2|0|M|65|COVID-19|Y|PA|X-ray|January 22, 2020|Wuhan, China|CC BY-NC-SA|jpeg|Fever and cough.
1|synj.2020.0002.fig1b.jpeg|2|3|M|65|COVID-19|Y|PA|X-ray|January 25, 2020|Wuhan, China|CC BY-NC-SA|jpeg|Worse on day 3.
1|synj.2020.0002.fig1c.jpeg|2|6|M|65|COVID-19|Y|AP|X-ray|January 28, 2020|Wuhan, China|CC BY-NC-SA|progressive|
1|synj.2020.0003.fig2-PA.jpeg|3||F|52|COVID-19||PA|X-ray|2020|Taiwan|CC BY 4.0|jpeg|No travel.
1|synj.2020.0003.fig2-L.jpeg|3||F|52|COVID-19||L|X-ray|2020|Taiwan|CC BY 4.0|jpeg|
1|synm2001-f1.png|4|4|F|35|COVID-19|Y|PA|X-ray|Jan 19 2020|Snohomish County, Washington, USA||rgba|
1|synm2001-f2.png|4|7|F|35|COVID-19|Y|PA|X-ray|Jan 22 2020|Snohomish County, Washington, USA||png|
1|case-05-day00.jpeg|5|0|M|44|Pneumocystis||PA|X-ray|2019|Lyon, France|CC BY 4.0|jpeg|
1|case-05-day02.jpeg|5|2|M|44|Pneumocystis||AP|X-ray|2019|Lyon, France|CC BY 4.0|jpeg|
1|case-06.jpeg|6||F|70|COVID-19|N|AP Supine|X-ray|March 2020|Bergamo, Italy|CC BY-NC-SA|progressive|Portable film.
1|case-07-a.jpeg|7|1|M|58|COVID-19||PA|X-ray|2020|Hannover, Germany||jpeg|
1|case-07-b.jpeg|7|5|M|58|COVID-19||AP Supine|X-ray|2020|Hannover, Germany||jpeg|
1|case-08.png|8|10|F|29|COVID-19||PA|X-ray|2020|Madrid, Spain|CC BY 4.0|16-bit|Sixteen bits a pixel.
1|case-09.jpeg|9|3|F|81|COVID-19|N|AP|X-ray|2020|Madrid, Spain|CC BY 4.0|jpeg|
1|case-10.jpeg|10||M|47|COVID-19||PA|X-ray|2020|Wuhan, China||jpeg|
1|sars-2004-f1.jpeg|11|9|M|40|SARS||PA|X-ray|2004|Hong Kong|CC BY-NC-SA|jpeg|
1|sars-2004-f2.jpeg|12||F|33|SARS||PA|X-ray|2004|Hong Kong|CC BY-NC-SA|jpeg|
1|ards-f4.png|13||M|60|ARDS|N|AP|X-ray|2012|Toronto, Canada|CC BY 4.0|rgba|
1|strep-f2.jpeg|14||M|38|Streptococcus||PA|X-ray|2015|Melbourne, Australia||jpeg|
1|normal-f1.jpeg|15||F|31|No Finding||PA|X-ray|2014|Melbourne, Australia||jpeg|
1|normal-f1-L.jpeg|15||F|31|No Finding||L|X-ray|2014|Melbourne, Australia||jpeg|
1|synct-16-axial-1.jpg|16|2|M|55|COVID-19||Axial|CT|2020|Wuhan, China|CC BY 4.0|jpeg|Ground glass, both lungs.
1|synct-16-axial-2.jpg|16|2|M|55|COVID-19||Axial|CT|2020|Wuhan, China|CC BY 4.0|jpeg|
1|synct-17-axial.jpg|17||F|62|COVID-19||Axial|CT|2020|Taiwan||jpeg|
2|case-18-PA.jpeg|18|0|F|49|COVID-19||PA|X-ray|April 2020|Lisbon, Portugal|CC BY 4.0|jpeg|New in April.
2|case-18-L.jpeg|18|0|F|49|COVID-19||L|X-ray|April 2020|Lisbon, Portugal|CC BY 4.0|jpeg|
2|case-19.png|19||M|27|No Finding||PA|X-ray|April 2020|Lisbon, Portugal|CC BY 4.0|png|
2|upload-20.jpeg|20||M|58|COVID-19||PA|X-ray|2020|Hannover, Germany||bytes<case-07-a.jpeg|
2|preprint-21.jpeg|21||M|65|COVID-19||PA|X-ray|2020|Wuhan, China||resized<synj.2020.0002.fig1b.jpeg|
2|case-22-broken.jpeg|22||M|71|COVID-19||AP|X-ray|April 2020|Lisbon, Portugal||truncated|Upload broke off.
""".splitlines())  # noqa: E501  # fmt: skip
# Seeds from here on give pictures that are far apart for a perceptual hash; a test keeps it so.
_FIRST_BODY, _FIRST_OWN_BODY = 120, 400
_REMOVED = "sars-2004-f2.jpeg"
_RENAMED = ("case-10.jpeg", "synj.2020.0010.fig1.jpeg")
_RELABELLED = ("5", "COVID-19")
_COPIED = {
    "train/COVID-19/0.jpeg": ("reencoded", "synj.2020.0002.fig1a.jpeg"),
    "train/COVID-19/1.jpeg": ("resized", "synj.2020.0003.fig2-L.jpeg"),
    "train/COVID-19/2.jpeg": ("cropped", "synj.2020.0002.fig1c.jpeg"),
    "train/COVID-19/3.jpeg": ("flipped", "synj.2020.0003.fig2-PA.jpeg"),
    "train/COVID-19/4.jpeg": ("annotated", "synm2001-f1.png"),
    "train/COVID-19/5.jpeg": ("adjusted", "synm2001-f2.png"),
    "train/COVID-19/6.jpeg": ("rotated", "case-06.jpeg"),
    "train/COVID-19/7.jpeg": ("pixels", "case-07-b.jpeg"),
    "val/COVID-19/0.jpeg": ("augmented", "case-09.jpeg"),
    "train/COVID-19/8.jpeg": ("cropped", "case-18-PA.jpeg"),
}
_LEAKED = ("val/Normal/1.jpeg", "resized", "train/Normal/2.jpeg")
_OWN = ("val/COVID-19/1.jpeg", *(f"train/Normal/{n}.jpeg" for n in range(4)), "val/Normal/0.jpeg",
        *(f"{split}/{label}/{n}.jpeg" for label in ("BacterialPneumonia", "ViralPneumonia")
          for split, n in (("train", 0), ("train", 1), ("train", 2), ("val", 0))),
        "train/Normal/4.jpeg")  # fmt: skip
_FOLDERS_NIGHT_2 = ("train/COVID-19/8.jpeg", "train/Normal/4.jpeg")


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """Names one file: the source and the path in it."""

    source: str
    path: str


@dataclass(frozen=True, slots=True)
class Copy:
    """Says that `copy` shows the picture of `original`, and how it was made."""

    copy: Key
    original: Key
    kind: str


@dataclass(frozen=True, slots=True)
class Night:
    """What is new in the upstreams on one night; only images, sorted, without tables and prose.

    Attributes:
        relabelled: Images whose row has another finding, as (image, before, after).
        broken: Files that are named like images and cannot be read; they are in `added` too.
        figures: The rows of the journal's table from this night on.
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
        nights: What the first and the second night bring.
        blank: A slice without any content.
        localizer: The scout view of the CT study.
        pointers: Git LFS pointers; the second is a mask, no image.
    """

    root: Path
    nights: tuple[Night, Night]
    sources: tuple[str, ...] = tuple(BRANCHES)
    blank: Key = Key(HOSPITAL, "case-01/IM000017")
    localizer: Key = Key(HOSPITAL, "case-01/IM000000")
    pointers: tuple[Key, ...] = (
        Key(VOLUMES, "dataset/tr_im.nii"),
        Key(VOLUMES, "dataset/tr_mask.nii"),
    )

    def repository(self, source: str) -> Path:
        """Give the folder of a source's bare repository."""
        return self.root / "upstreams" / f"{source}.git"

    def url(self, source: str) -> str:
        """Give the url a source is cloned from."""
        return self.repository(source).resolve().as_uri()

    def tip(self, source: str) -> str:
        """Give the commit a source's branch is at now."""
        return _git(self.repository(source), "rev-parse", BRANCHES[source]).decode().strip()


@dataclass(frozen=True, slots=True)
class _Commit:
    subject: str
    day: int
    files: Mapping[str, bytes]
    removed: Sequence[str] = ()
    renamed: Sequence[tuple[str, str]] = field(default=())


def make_world(root: Path) -> World:
    """Create the four upstream repositories as they are on the first night."""
    world = World(root, (_night_1(), _night_2()))
    for source, branch in BRANCHES.items():
        repository = world.repository(source)
        repository.mkdir(parents=True)
        _git(repository, "init", "--quiet", "--bare", f"--initial-branch={branch}")
        for setting in ("allowFilter", "allowAnySHA1InWant"):
            _git(repository, "config", f"uploadpack.{setting}", "true")
    _commit(world, JOURNAL, _journal_1())
    own = {path: _own(path) for path in _OWN if path not in _FOLDERS_NIGHT_2}
    copied = {p: _copied(p) for p in (*_COPIED, _LEAKED[0]) if p not in _FOLDERS_NIGHT_2}
    _commit(world, FOLDERS, [_Commit("Add own pictures", 3, _readme(FOLDERS) | own),
                             _Commit("Add pictures from papers", 4, copied)])  # fmt: skip
    _commit(world, HOSPITAL, [_Commit("Add case 01", 2, _readme(HOSPITAL) | _series())])
    _commit(world, VOLUMES, [_Commit("Add volumes", 2, _readme(VOLUMES) | _volumes())])
    return world


def move_on(world: World) -> None:
    """Let a day pass: commit what the second night brings."""
    new = {f"images/{f.filename}": _content(f.filename) for f in _FIGURES if f.night == "2"}
    table = {"metadata.csv": _table(world.nights[1].figures)}
    renamed = [(f"images/{_RENAMED[0]}", f"images/{_RENAMED[1]}")]
    _commit(world, JOURNAL, [
        _Commit("Add figures of April", 10, new),
        _Commit("Correct the table", 11, table, [f"images/{_REMOVED}"], renamed),
    ])  # fmt: skip
    files = {p: _copied(p) if p in _COPIED else _own(p) for p in _FOLDERS_NIGHT_2}
    _commit(world, FOLDERS, [_Commit("Add two pictures", 11, files)])


def _night_1() -> Night:
    figures = tuple(f for f in _FIGURES if f.night == "1")
    folders = [p for p in (*_COPIED, *_OWN, _LEAKED[0]) if p not in _FOLDERS_NIGHT_2]
    added = [_figure_key(f.filename) for f in figures] + [Key(FOLDERS, p) for p in folders]
    added += [Key(HOSPITAL, path) for path in _series()] + [Key(VOLUMES, "dataset/val_im.nii.gz")]
    leak = Copy(Key(FOLDERS, _LEAKED[0]), Key(FOLDERS, _LEAKED[2]), _LEAKED[1])
    copied = [_copy(p) for p in _COPIED if p not in _FOLDERS_NIGHT_2]
    return Night(tuple(sorted(added)), copies=(*copied, leak), figures=figures)


def _night_2() -> Night:
    new = tuple(f for f in _FIGURES if f.night == "2")
    kept = [f for f in _FIGURES if f.filename != _REMOVED]
    patient, finding = _RELABELLED
    figures = [replace(f, finding=finding) if f.patientid == patient else f for f in kept]
    named = [replace(f, filename=_RENAMED[1]) if f.filename == _RENAMED[0] else f for f in figures]
    added = [_figure_key(f.filename) for f in new] + [Key(FOLDERS, p) for p in _FOLDERS_NIGHT_2]
    made = [(f.filename, *f.form.split("<")) for f in new if "<" in f.form]
    return Night(
        added=tuple(sorted(added)),
        removed=(_figure_key(_REMOVED),),
        renamed=((_figure_key(_RENAMED[0]), _figure_key(_RENAMED[1])),),
        relabelled=tuple((_figure_key(f.filename), f.finding, finding)
                         for f in kept if f.patientid == patient),
        broken=tuple(_figure_key(f.filename) for f in new if f.form == "truncated"),
        copies=(*(Copy(_figure_key(a), _figure_key(b), kind) for a, kind, b in made),
                *(_copy(p) for p in _FOLDERS_NIGHT_2 if p in _COPIED)),
        figures=tuple(named),
    )  # fmt: skip


def _figure_key(filename: str) -> Key:
    return Key(JOURNAL, f"images/{filename}")


def _copy(path: str) -> Copy:
    kind, original = _COPIED[path]
    return Copy(Key(FOLDERS, path), _figure_key(original), kind)


def _journal_1() -> Iterator[_Commit]:
    """Bring the journal's figures in three uploads, each with its rows."""
    figures = _night_1().figures
    share = np.hstack([copies.decode(_content(figures[n].filename))[:480] for n in (0, 15)])
    prose = _readme(JOURNAL) | {"docs/share-image.png": copies.encode(share, "png")}
    for day, end in ((1, 9), (3, 18), (6, len(figures))):
        files = {f"images/{f.filename}": _content(f.filename) for f in figures[:end]}
        table = {"metadata.csv": _table(figures[:end])}
        yield _Commit(f"Add figures up to {end}", day, files | table | prose)


def _table(figures: Sequence[Figure]) -> bytes:
    file = io.StringIO()
    rows = csv.DictWriter(file, _HEADER, restval="", extrasaction="ignore", lineterminator="\n")
    rows.writeheader()
    for figure in figures:
        told = {name: getattr(figure, name) for name in Figure.__slots__}
        page = f"https://example.org/synthetic/{figure.patientid}"
        rows.writerow(told | {"doi": f"10.0000/synthetic.{figure.patientid}", "url": page})
    return file.getvalue().encode()


@cache
def _content(filename: str) -> bytes:
    """Draw one of the journal's figures and write it in its form."""
    figure = next(f for f in _FIGURES if f.filename == filename)
    form, _, original = figure.form.partition("<")
    if original:
        return copies.copy(_content(original), form)
    picture = _axial(figure) if figure.modality == "CT" else _film(figure)
    if form == "truncated":
        return copies.truncated(copies.encode(picture))
    return copies.encode(picture, form)  # type: ignore[arg-type]


def _exposure(figure: Figure) -> int:
    return [f for f in _FIGURES if f.patientid == figure.patientid].index(figure)


def _film(figure: Figure) -> copies.Picture:
    patient = int(figure.patientid)
    size = ((512, 512), (560, 480), (480, 540))[patient % 3]
    drawn = _DRAWN.get(figure.finding)
    view = _VIEWS[figure.view]
    return radiograph(
        patient + _FIRST_BODY, size=size, view=view, finding=drawn, exposure=_exposure(figure)
    )


def _axial(figure: Figure) -> copies.Picture:
    hounsfield = ct_volume(int(figure.patientid), slices=7, size=384)[2 + 2 * _exposure(figure)]
    picture: copies.Picture = np.clip((hounsfield + 1250.0) / 1500 * 255, 0, 255).astype(np.uint8)
    return picture


def _own(path: str) -> bytes:
    """Draw a picture that only the class folders have."""
    label = path.split("/")[1]
    seed = _FIRST_OWN_BODY + _OWN.index(path)
    return copies.encode(radiograph(seed, size=(480, 440), finding=_DRAWN.get(label)), quality=88)


def _copied(path: str) -> bytes:
    if path == _LEAKED[0]:
        return copies.copy(_own(_LEAKED[2]), _LEAKED[1])
    kind, original = _COPIED[path]
    return copies.copy(_content(original), kind)


@cache
def _series() -> dict[str, bytes]:
    """Write the CT study: the localizer, 16 slices in no order, and a blank one."""
    volume = ct_volume(421, slices=16, size=256)
    scout = radiograph(421, size=(256, 256), view="AP").astype(np.int16) * 5 - 900
    order = np.random.default_rng(421).permutation(16)
    slices = [(1, 1, 0.0, scout)]
    slices += [(2, 16 - int(k), -12.0 * int(k), volume[k]) for k in order]
    slices.append((2, 17, -200.0, np.full_like(scout, -1024)))
    return {
        f"case-01/IM{n:06}": copies.encode_dicom(
            (hounsfield + 1024).astype(np.int16), series=series, instance=instance, z_mm=z
        )
        for n, (series, instance, z, hounsfield) in enumerate(slices)
    }


def _volumes() -> dict[str, bytes]:
    volume = ct_volume(527, slices=24, size=96)
    return {
        "dataset/val_im.nii.gz": copies.encode_nifti(volume, spacing_mm=3.75),
        "dataset/tr_im.nii": copies.lfs_pointer(volume.tobytes()),
        "dataset/tr_mask.nii": copies.lfs_pointer((volume < -300).tobytes()),
        ".gitattributes": b"*.nii filter=lfs diff=lfs merge=lfs -text\n",
    }


def _readme(source: str) -> dict[str, bytes]:
    words = f"# {source}\n\nSynthetic: every picture is drawn by a program. No person is shown.\n"
    return {"README.md": words.encode()}


def _commit(world: World, source: str, commits: Sequence[_Commit] | Iterator[_Commit]) -> None:
    """Add commits to a source's branch."""
    repository, branch = world.repository(source), f"refs/heads/{BRANCHES[source]}"
    begun = _git(repository, "for-each-ref", branch)
    stream = bytearray()
    for commit in commits:
        who = f"Synthetic Owner <owner@example.org> {1584230400 + 86400 * commit.day} +0000"
        subject = commit.subject.encode()
        stream += f"commit {branch}\nauthor {who}\ncommitter {who}\ndata {len(subject)}\n".encode()
        stream += subject + b"\n" + (f"from {branch}^0\n".encode() if begun else b"")
        begun = b""
        stream += "".join(f"D {path}\n" for path in commit.removed).encode()
        stream += "".join(f"R {old} {new}\n" for old, new in commit.renamed).encode()
        for path, content in commit.files.items():
            stream += f"M 100644 inline {path}\ndata {len(content)}\n".encode() + content + b"\n"
    _git(repository, "fast-import", "--quiet", stdin=bytes(stream))


def _git(repository: Path, *args: str, stdin: bytes = b"") -> bytes:
    """Run git with nothing of the caller's configuration."""
    alone = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}
    environment = {"PATH": os.environ.get("PATH", os.defpath)} | alone
    command = ["git", "--git-dir", str(repository), *args]
    done = subprocess.run(command, input=stdin, env=environment, stdout=subprocess.PIPE, check=True)
    return done.stdout
