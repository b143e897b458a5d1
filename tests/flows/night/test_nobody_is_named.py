"""Identifiers planted in names, notes and files: none of them is in anything that people see."""

import base64
import csv
import io
import logging
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from flows.forge import status_page
from flows.forge.health import health
from flows.night.reporting import console
from tests.flows.publish.image.plants import WORDS, planted
from tests.support.collection import NOW, SIMPLE, Collection
from tests.support.pictures import png
from tests.support.releases import allow_everything, release
from tests.support.upstream import Upstream, git

STEMS = """
14-03-2020 03.14.20 14Mar2020 140320 20200314_101112 John_Smith johnsmith JohnSmith SMITH^JOHN
smith_john_cxr J_Smith MRN0012345 mrn-48213 patient_48213 PAT00123456 0012345678 123-45-6789
1.2.840.113564.172.2020 AB123456C dob1950 jane.doe@x.org Dr_Garcia o'brien_mary
""".split()  # noqa: SIM905  a list of names reads better so
NOTES = [
    ("born 1950-03-14, tel 030 1234567", ("1950-03-14", "1234567")),
    ("Patient John Smith, MRN 0012345", ("Smith", "0012345")),
    ("smith_john was seen 140320", ("smith_john", "140320")),
    ("JohnSmith; jane.doe@x.org; on 14/03", ("JohnSmith", "jane.doe", "14/03")),
    ("patient johnsmith, case no. 48213", ("johnsmith", "48213")),
]
PLANTS = (*STEMS, *(plant for _, plants in NOTES for plant in plants))
TABLE = '[[tables]]\nfiles = ["t.csv"]\npath = "images/{filename}"\n'
TABLE += '[tables.fields]\nnotes = ["notes"]\nfinding = ["finding"]\n'


def _table(stems: list[str]) -> bytes:
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(["filename", "notes", "finding"])
    for number, stem in enumerate([*stems, "Maria Rossi gone"]):
        rows.writerow([f"{stem}.png", NOTES[number % len(NOTES)][0], "seen by Dr Garcia 140320"])
    return out.getvalue().encode()


def _seen(collection: Collection) -> Iterator[tuple[str, str]]:
    """Return all that people see of a proposal, by what it is."""
    for file in collection.pages.rglob("*"):
        if file.is_file():
            yield file.name, _readable(file.read_bytes())
    for path in ("datasets/problems.csv", "datasets/CHANGES.md", "datasets/CHANGES.json"):
        yield path, collection.file(path)
    yield "message", git(collection.folder, "log", "-1", "--format=%B", "sync/datasets")


def _readable(content: bytes) -> str:
    """Return a file with what is embedded in it."""
    text = content.decode("utf-8", "replace")
    inner = re.findall(r"base64,([A-Za-z0-9+/=]+)", text)
    return text + "".join(base64.b64decode(one).decode("latin-1") for one in inner)


def _check(surfaces: Mapping[str, str], plants: tuple[str, ...] = PLANTS) -> None:
    found = {(name, plant) for name, text in surfaces.items() for plant in plants if plant in text}
    assert found == set()


def test_names_and_notes_that_may_tell_a_person_are_on_no_surface(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    upstream = Upstream(tmp_path / "set.git")
    stems = list(STEMS)
    images = {f"images/{stem}.png": png(n) for n, stem in enumerate(stems)}
    odd = {"John_Smith/notes of 14-03-2020.txt": b"x", "images/MRN0012345.gif": b"GIF89a broken"}
    upstream.commit({**images, **odd, "t.csv": _table(stems)})
    collection = Collection(tmp_path / "collection")
    collection.source("set", SIMPLE.format(url=upstream.url) + TABLE)
    message = {}
    for night in range(2):
        report = collection.night()
        surfaces = dict(_seen(collection))
        surfaces["console"] = "\n".join(console.lines(report)) + console.as_json(report)
        healthy = health(report.changes, NOW.date())
        surfaces["status"] = status_page.words(status_page.after(status_page.read(""), healthy))
        assert len(surfaces["index.html"]) > 10_000
        assert "withheld/" in surfaces["index.html"]
        _check(surfaces)
        rows = collection.records("set").values()
        _check({row.path: f"{row.notes} {row.finding_raw} {row.status_reason}" for row in rows})
        message |= surfaces
        collection.merge()
        if night == 0:  # removed, renamed, changed and relabelled
            upstream.commit(
                {
                    f"images/{stems[0]}.png": None,
                    f"images/{stems[1]}.png": None,
                    f"images/b/{stems[1]}.png": png(1),
                    f"images/{stems[2]}.png": png(99),
                    "t.csv": _table(stems[5:]),
                }
            )
            config = collection.folder / "config" / "decisions.toml"
            config.write_text(
                '[[exclude]]\nimage = "set/images/John_Smit.png"\nreason = "rights"\nby = "me"\n'
                "date = 2026-11-24\n",
                encoding="utf-8",
            )
    assert "withheld/" in message["datasets/problems.csv"]
    _check({"log": caplog.text, "output": "".join(capfd.readouterr())})


@pytest.mark.slow
def test_nothing_planted_in_a_file_is_on_a_page_or_in_a_manifest_log_or_release(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG, logger="flows")
    upstream = Upstream(tmp_path / "set.git")
    files = {f"images/{number}": one[2] for number, one in enumerate(planted())}
    assert len(files) >= 200
    upstream.commit(files, date="2021-07-29T12:00:00Z")  # no day that a plant has part of
    collection = Collection(tmp_path / "collection")
    collection.source("set", SIMPLE.format(url=upstream.url))
    report = collection.night()
    surfaces = dict(_seen(collection))
    surfaces["manifest"] = collection.file("datasets/manifest/set.csv")
    surfaces["console"] = "\n".join(console.lines(report)) + console.as_json(report)
    collection.merge()
    allow_everything(collection)
    release(collection, tmp_path / "releases")
    for file in (tmp_path / "releases").rglob("*"):
        if file.is_file():
            surfaces[f"release {file.name}"] = file.read_bytes().decode("latin-1")
    assert any(name.endswith(".tar") for name in surfaces)
    surfaces |= {"log": caplog.text, "output": "".join(capfd.readouterr())}
    words = [word.decode() for word in WORDS]
    parts = tuple(word[at : at + 6] for word in words for at in range(len(word) - 5))
    _check(surfaces, parts)
