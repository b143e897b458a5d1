"""The contamination check: which of my pictures are in the collection, and on which side."""

import csv
import datetime as dt
import io
import re
import subprocess
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

import covid19_images as c19
from covid19_images.checks.contamination import Checked, Hit
from covid19_images.checks.through import through_theirs
from covid19_images.cli.app import app
from covid19_images.download.copy import LocalCopy
from covid19_images.images.fingerprint import fingerprint
from covid19_images.images.refused import Refused
from covid19_images.release.index import Tombstone, loads
from covid19_images.release.row import Row
from tests.covid19_images.download.copies import VERSION, record, write_copy
from tests.support.collection import SHARED
from tests.support.local_copy import open_copy
from tests.support.pictures import encoded, picture
from tests.support.upstream import Upstream

HELD = [picture(seed, size=(320, 256)) for seed in range(6)]
AWAY = picture(50, size=(320, 256))
SIDES = ("train", "train", "test", "validation", "train", "test")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> LocalCopy:
    contents = [encoded(image) for image in HELD]
    records = [
        record(f"{at}.png", c, source="set", modality="XR", split=SIDES[at])
        for at, c in enumerate(contents)
    ]
    plain = {"commit": "c", "added_in": VERSION, "changed_in": VERSION}
    shard = "images-set-00000.tar"
    rows = [Row(record=r, shard=shard, member=f"{r.image_id}.png", **plain) for r in records]  # type: ignore[arg-type]
    away = record("away.png", encoded(AWAY), source="set", modality="XR", split="test")
    rows.append(Row(record=away, pointer_url="https://example.org/away.png", **plain))  # type: ignore[arg-type]
    folder = tmp_path_factory.mktemp("held") / "copy"
    write_copy(
        folder,
        rows,
        {shard: {f"{r.image_id}.png": c for r, c in zip(records, contents, strict=True)}},
    )
    return open_copy(folder)


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mine")
    HELD[0].save(folder / "same.png")
    HELD[2].resize((160, 128)).save(folder / "small.jpg", quality=80)
    HELD[3].crop((10, 10, 300, 240)).save(folder / "cropped.png")
    picture(99, size=(320, 256)).save(folder / "own.png")
    AWAY.save(folder / "far.png")
    (folder / "notes.txt").write_text("no picture")
    return folder


def test_each_copy_is_named_with_its_kind_and_split(copy: LocalCopy, mine: Path) -> None:
    found = c19.check(mine, root=copy.folder)
    assert {(h.path, h.key, h.kind, h.split) for h in found.hits} == {
        ("same.png", "set/0.png", "bytes", "train"),
        ("small.jpg", "set/2.png", "resized", "test"),
        ("cropped.png", "set/3.png", "cropped", "validation"),
        ("far.png", "set/away.png", "bytes", "test"),
    }
    assert found.images == 5
    assert [refused.path for refused in found.refused] == ["notes.txt"]
    assert repr(found) == (
        "4 of your 5 pictures are in the collection: 1 in train, 1 in validation, 2 in test.\n"
        "Compared with 6 pictures, and with 1 by hash only."
    )
    assert list(found.table()["path"]) == ["cropped.png", "far.png", "same.png", "small.jpg"]


def test_a_picture_painted_in_colours_is_found_on_either_side(tmp_path: Path) -> None:
    """The collection holds one grey and one painted picture; the user has them the other way."""
    pixels = [np.asarray(image.convert("L")) for image in HELD[:2]]
    painted = [
        Image.fromarray(cv2.applyColorMap(levels, cv2.COLORMAP_JET)[..., ::-1]) for levels in pixels
    ]
    contents = [encoded(HELD[0]), encoded(painted[1])]
    records = [record(f"{at}.png", c, source="set", modality="XR") for at, c in enumerate(contents)]
    shard, plain = "images-set-00000.tar", {"commit": "c", "added_in": VERSION}
    rows = [
        Row(record=r, shard=shard, member=f"{r.image_id}.png", changed_in=VERSION, **plain)  # type: ignore[arg-type]
        for r in records
    ]
    members = {f"{r.image_id}.png": c for r, c in zip(records, contents, strict=True)}
    write_copy(tmp_path / "copy", rows, {shard: members})
    (tmp_path / "mine").mkdir()
    painted[0].save(tmp_path / "mine" / "painted.jpg", quality=80)
    HELD[1].save(tmp_path / "mine" / "plain.png")
    painted[1].resize((240, 192)).save(tmp_path / "mine" / "painted-small.png")
    found = c19.check(tmp_path / "mine", root=tmp_path / "copy")
    assert {(hit.path, hit.key) for hit in found.hits} == {
        ("painted.jpg", "set/0.png"),
        ("plain.png", "set/1.png"),
        ("painted-small.png", "set/1.png"),
    }


def test_the_page_shows_both_and_the_split(copy: LocalCopy, mine: Path) -> None:
    found = c19.check(mine, root=copy.folder)
    page = found.page
    assert f"<p>{found.sentence.splitlines()[0]}</p>" in page  # its first line
    assert not re.search(r"\b0 points|of texture", page)
    assert page.count("data:image/jpeg") == 6
    assert "test, 320 × 256" in page
    assert "small.jpg" in page


def test_a_second_check_reads_the_collections_pictures_no_more(
    copy: LocalCopy, mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = c19.check(mine, root=copy.folder)
    monkeypatch.setattr(LocalCopy, "array", lambda *_, **__: pytest.fail("read again"))
    assert c19.check(mine, root=copy.folder) == first


def test_the_command_prints_a_table_and_says_by_its_exit_code(
    copy: LocalCopy, mine: Path, tmp_path: Path
) -> None:
    root = ["--root", str(copy.folder)]
    run = CliRunner().invoke(app, ["check", str(mine), *root, "--csv"])
    assert run.exit_code == 1
    rows = list(csv.DictReader(io.StringIO(run.stdout)))
    assert [row["split"] for row in rows] == ["validation", "test", "train", "test"]
    page = tmp_path / "page.html"
    run = CliRunner().invoke(app, ["check", str(mine), *root, "--html", str(page)])
    assert "4 of your 5 pictures are in the collection" in run.stdout
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    (tmp_path / "empty").mkdir()
    assert CliRunner().invoke(app, ["check", str(tmp_path / "empty"), *root]).exit_code == 0


def test_without_a_local_copy_it_says_what_to_do(
    mine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COVID19_IMAGES_FROM", str(tmp_path / "nothing"))
    run = CliRunner().invoke(app, ["check", str(mine / "nowhere"), "--root", str(tmp_path)])
    assert run.exit_code == 2
    assert "error: There is no copy of the collection" in run.stderr


# Real pictures: of 680 known pairs of copies, one side as the user's folder.


def _sides() -> list[dict[str, str]]:
    file = SHARED / "truth" / "pairs_positive.csv"
    if not file.is_file():
        pytest.skip(f"the known pairs are not here ({file})")
    rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"))))
    return [row for row in rows if row["kind"] != "panel_of_composite"]


@pytest.mark.slow  # the engine alone finds the same pairs in duplicates/test_truth
@pytest.mark.timeout(900)
def test_known_real_copies_are_found_when_one_side_is_the_users(
    bundles: Path, tmp_path: Path
) -> None:
    rows = _sides()
    clones = {
        name: Upstream.from_bundle(bundles / f"{name}.bundle", tmp_path / f"{name}.git")
        for name in {row[f"{side}_dataset"] for row in rows for side in "ab"}
    }
    mine, partners = tmp_path / "mine", defaultdict(set)
    mine.mkdir()
    held: dict[str, tuple[str, bytes]] = {}
    for row in rows:
        own, other = _named(row, "a"), _named(row, "b")
        (mine / own).write_bytes(_blob(clones[row["a_dataset"]], row["a_blob"]))
        held[other] = (row["b_dataset"], _blob(clones[row["b_dataset"]], row["b_blob"]))
        partners[own].add(other)
    found = c19.check(mine, root=_collection(tmp_path / "copy", held).folder)
    hits = defaultdict(set)
    for hit in found.hits:
        hits[hit.path].add(hit.key.partition("/")[2])
    missed = {own for own, others in partners.items() if not others & hits[own]}
    assert len(missed) <= 0.01 * len(partners)
    assert all(hit.split == "test" for hit in found.hits)


def _named(row: dict[str, str], side: str) -> str:
    return f"{row[f'{side}_blob']}{Path(row[f'{side}_path']).suffix}"


def _blob(clone: Upstream, blob: str) -> bytes:
    return subprocess.run(
        ["git", "cat-file", "blob", blob], cwd=clone.folder, check=True, capture_output=True
    ).stdout


def _collection(folder: Path, held: dict[str, tuple[str, bytes]]) -> LocalCopy:
    plain = {"commit": "c", "added_in": VERSION, "changed_in": VERSION}
    rows, members = [], {}
    for name, (source, content) in held.items():
        if isinstance(fingerprint(content), Refused):
            continue
        row = record(name, content, source=source, modality="XR", split="test")
        member = f"{row.image_id}{Path(name).suffix}"
        members[member] = content
        rows.append(Row(record=row, shard="images-all-00000.tar", member=member, **plain))  # type: ignore[arg-type]
    write_copy(folder, rows, {"images-all-00000.tar": members})
    return open_copy(folder)


def test_pictures_that_were_withdrawn_held_or_taken_down_are_named(tmp_path: Path) -> None:
    gone, held, dead, moved = (picture(seed, size=(320, 256)) for seed in (60, 61, 62, 63))
    plain = {"commit": "c", "added_in": VERSION, "changed_in": VERSION}
    why = "gone upstream since 2020-05-28"
    rows = [
        record("gone.png", encoded(gone), status="withdrawn", status_reason=why),
        record("held.png", encoded(held), status="held", status_reason="a copy of gone.png"),
        record("old.png", encoded(moved), status="withdrawn", status_reason=why),
        record("left.png", encoded(AWAY), status="withdrawn", status_reason="no longer configured"),
        record("new.png", encoded(moved), modality="XR", split="test"),
    ]
    write_copy(tmp_path / "copy", [Row(record=r, **plain) for r in rows], {})  # type: ignore[arg-type]
    file = tmp_path / "copy" / "index.json"
    buried = Tombstone(
        image_id=str(record("dead.png", encoded(dead)).image_id),
        date=dt.date(2026, 11, 26),
        reason="privacy",
    )
    index = loads(file.read_bytes()).model_copy(update={"tombstones": (buried,)})
    file.write_text(index.dumps(), encoding="utf-8")
    mine = tmp_path / "mine"
    mine.mkdir()
    for name, image in {"g": gone, "d": dead, "m": moved, "l": AWAY}.items():
        image.save(mine / f"{name}.png")
    held.resize((200, 160)).save(mine / "h.png")
    found = c19.check(mine, root=tmp_path / "copy")
    assert {(h.path, h.kind, h.split, h.why) for h in found.hits} == {
        ("g.png", "bytes", "withdrawn", why),
        ("h.png", "undecided", "withdrawn", "a copy of gone.png"),
        ("d.png", "pixels", "withdrawn", "taken down on 2026-11-26 (privacy)"),
        ("m.png", "bytes", "test", "the same file"),
    }
    assert "Take out 3 of them, which were withdrawn or taken down." in repr(found)


def test_copies_of_your_other_pictures_are_named_too(tmp_path: Path) -> None:
    """The two crops have too little in common; the whole picture, which is yours too, has not."""
    original, gone = (picture(seed, size=(320, 256)) for seed in (4, 5))
    left, right = (0, 0, 208, 256), (112, 0, 320, 256)
    why, plain = "gone upstream since 2020-05-28", {"commit": "c", "added_in": VERSION}
    there = record("left.png", encoded(original.crop(left)), source="set", split="test")
    old = record("old.png", encoded(gone.crop(left)), status="withdrawn", status_reason=why)
    shard, member = "images-set-00000.tar", f"{there.image_id}.png"
    rows = [
        Row(record=there, shard=shard, member=member, changed_in=VERSION, **plain),  # type: ignore[arg-type]
        Row(record=old, changed_in=VERSION, **plain),  # type: ignore[arg-type]
    ]
    write_copy(tmp_path / "both", rows, {shard: {member: encoded(original.crop(left))}})
    mine = tmp_path / "mine"
    mine.mkdir()
    for name, image in {"one": original, "two": gone}.items():
        image.crop(right).save(mine / f"{name}-right.png")
        image.save(mine / f"{name}-whole.png")
    gone.crop(left).save(mine / "two-left.png")
    found = c19.check(mine, root=tmp_path / "both")
    assert {(h.path, h.key, h.kind, h.split, h.why) for h in found.hits if "right" in h.path} == {
        (
            "one-right.png",
            "set/left.png",
            "cropped",
            "test",
            "a copy of your one-whole.png, which is one",
        ),
        (
            "two-right.png",
            old.key,
            "cropped",
            "withdrawn",
            "a copy of your two-left.png, which is one",
        ),
    }
    assert found.sentence.startswith("5 of your 5 pictures are in the collection: 2 in test")
    assert "Take out 3 of them" in found.sentence


def test_a_copy_on_another_side_is_named_too() -> None:
    records = [
        record("kept.png", encoded(HELD[0]), source="set", split="test"),
        record("other.png", encoded(HELD[1]), source="set", split="none"),
        record("third.png", encoded(HELD[2]), source="set", split="none"),
        record("panel.png", encoded(HELD[3]), source="set", split="train"),
    ]
    of = {"duplicate_of": "set/kept.png"}
    kinds = (None, "cropped", "resized", "part")
    rows = [
        replace(row, status="quarantined" if row.split == "none" else "active", duplicate_kind=kind)
        for row, kind in zip(records, kinds, strict=True)
    ]
    rows = [replace(row, **of) if row.duplicate_kind else row for row in rows]
    sides = {row.key: str(row.split) for row in rows}
    match = ("mine.png", "set/other.png", "flipped", "verified")
    why = "a copy of set/other.png, of which yours is one"
    assert list(through_theirs([match], rows, sides)) == [
        ("mine.png", "set/kept.png", "flipped", why)
    ]
    doubtful = ("mine.png", "set/other.png", "undecided", "verified")
    both = [match, ("mine.png", "set/kept.png", "cropped", "verified")]
    assert list(through_theirs([doubtful], rows, sides)) == []
    assert list(through_theirs(both, rows, sides)) == []


def test_the_first_line_says_how_many_of_yours_are_in_which_split() -> None:
    def sentence(*splits: str) -> str:
        hits = tuple(
            Hit(f"{at}.png", f"set/{at}", "bytes", one, "") for at, one in enumerate(splits)
        )
        return Checked(hits=hits, images=120, seen=10, hashed=0, refused=(), page="").sentence

    assert sentence(*9 * ["train"]) == "9 of your 120 pictures are in the collection's train."
    assert sentence("test") == "1 of your 120 pictures is in the collection's test."
    assert sentence("test", "train", "none") == (
        "3 of your 120 pictures are in the collection: 1 in train, 1 in test, 1 in no split."
    )
    assert sentence() == "0 of your 120 pictures are in the collection."
