"""A release: what it holds, what it costs, and that a killed one is made good."""

import csv
import datetime as dt
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from covid19_images.images import decode as pixels
from covid19_images.release import index as index_of
from covid19_images.release import row as rows
from covid19_images.release import tar as members
from flows.night.compare import features
from flows.publish import ReleaseError, checksums
from flows.publish import release as steps
from flows.publish.folder import FolderPublisher
from tests.support.collection import NOW, SIMPLE, Collection
from tests.support.pictures import encoded, picture, png
from tests.support.releases import EVERYTHING, release, twin
from tests.support.upstream import Upstream, git

TODAY = "2026.11.23"
GOLDEN = Path(__file__).parent / "golden"
LATER = NOW + dt.timedelta(days=1)


def begin(collection: Collection, upstream: Upstream) -> None:
    """Make a collection of six pictures, one of them twice, released nowhere yet."""
    files = {f"images/{i}.png": png(i) for i in range(6)} | {"images/again.png": png(3)}
    upstream.commit(files)
    collection.source("set", SIMPLE.format(url=upstream.url))
    collection.night()
    collection.merge()


@pytest.fixture
def releases(tmp_path: Path) -> Path:
    return tmp_path / "releases"


def _sums(releases: Path, version: str = TODAY) -> str:
    return (releases / version / "SHA256SUMS").read_text()


def test_a_release_holds_every_picture_once_and_every_row(
    begun: Collection, releases: Path
) -> None:
    outcome = release(begun, releases)
    assert outcome.action == "published"
    assert outcome.version == TODAY
    found = rows.loads((releases / TODAY / "manifest.csv").read_text())
    assert len(found) == 7
    assert {row.shard for row in found} == {"images-set-00000.tar"}
    names = members.spans(releases / TODAY / "images-set-00000.tar")
    assert {name.partition(".")[2] for name in names} == {"png", "json"}
    assert len(names) == 2 * 6
    by_path = {row.record.path: row for row in found}
    assert by_path["images/3.png"].member == by_path["images/again.png"].member
    member = by_path["images/1.png"].member or ""
    assert members.read(releases / TODAY / "images-set-00000.tar", member) == png(1)


def test_the_sums_are_those_that_sha256sum_checks(begun: Collection, releases: Path) -> None:
    release(begun, releases)
    done = subprocess.run(
        ["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=releases / TODAY, check=False
    )
    assert done.returncode == 0
    here = {path.name for path in (releases / TODAY).iterdir()}
    listed = {line.split("  ")[1] for line in _sums(releases).splitlines()}
    assert here - listed == {"SHA256SUMS", "NOTES.md"}


def test_two_builds_in_other_folders_and_time_zones_are_the_same(
    begun: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = twin(begun, tmp_path / "another" / "place" / "clone")
    release(begun, tmp_path / "one")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        release(other, tmp_path / "two")
    finally:
        monkeypatch.undo()
        time.tzset()
    assert _sums(tmp_path / "one") == _sums(tmp_path / "two")


def test_a_second_run_has_nothing_to_release(begun: Collection, releases: Path) -> None:
    release(begun, releases)
    before = _sums(releases)
    assert release(begun, releases, now=LATER).action == "nothing"
    assert FolderPublisher(releases).published() == [TODAY]
    assert _sums(releases) == before


def test_a_second_release_of_ten_images_sends_only_their_shards(
    begun: Collection, upstream: Upstream, releases: Path
) -> None:
    release(begun, releases)
    upstream.commit({f"images/new-{i}.png": png(100 + i) for i in range(10)})
    begun.night()
    begun.merge()
    outcome = release(begun, releases, now=LATER)
    index = index_of.loads((releases / "2026.11.24" / "index.json").read_bytes())
    new = [shard for shard in index.shards if shard.first_published == "2026.11.24"]
    assert sorted(shard.name for shard in new) == [
        "features-00001.tar",
        "images-set-00001.tar",
        "sized224-set-00001.tar",
        "sized512-set-00001.tar",
    ]
    sent = {path.name for path in (releases / "2026.11.24").glob("*.tar")}
    assert sent == {shard.name for shard in new}
    small = sum(
        p.stat().st_size
        for p in (releases / "2026.11.24").iterdir()
        if p.suffix != ".tar" and p.name != "NOTES.md"
    )
    assert outcome.uploaded_bytes == sum(shard.size for shard in new) + small
    assert [one.images for one in new if one.layer == "images"] == [10]
    with (releases / "2026.11.24" / "changes.csv").open() as file:
        assert [row["change"] for row in csv.DictReader(file)] == ["ADD"] * 10
    old = rows.loads((releases / "2026.11.24" / "manifest.csv").read_text())
    assert {row.added_in for row in old if "new" not in row.record.path} == {TODAY}


def test_a_fresh_machine_takes_features_from_the_release_and_decodes_nothing(
    begun: Collection, upstream: Upstream, releases: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release(begun, releases)
    upstream.commit({"images/new.png": png(99)})
    begun.night()
    begun.merge()
    shutil.rmtree(begun.cache)
    decoded: list[str] = []
    decode = features.decode

    def counted(clone: Path, wanted: list[str], **options: object) -> object:
        decoded.extend(wanted)
        return decode(clone, wanted, **options)

    monkeypatch.setattr(features, "decode", counted)
    release(begun, releases, now=LATER)
    assert decoded == [upstream.blob(png(99))]


def test_a_label_that_changes_sends_no_picture(begun: Collection, releases: Path) -> None:
    release(begun, releases)
    file = begun.folder / "config" / "sources" / "set.toml"
    file.write_text(file.read_text() + '[always]\nmodality = "CT"\n')
    begun.night()
    begun.merge()
    release(begun, releases, now=LATER)
    assert not list((releases / "2026.11.24").glob("*.tar"))
    found = rows.loads((releases / "2026.11.24" / "manifest.csv").read_text())
    assert {(r.record.modality, r.added_in, r.changed_in) for r in found} == {
        ("CT", TODAY, "2026.11.24")
    }
    with (releases / "2026.11.24" / "changes.csv").open() as rows_of:
        assert {(r["change"], r["columns"]) for r in csv.DictReader(rows_of)} == {
            ("MOD", "modality")
        }


def test_a_takedown_leaves_a_tombstone_and_takes_every_copy_of_the_pixels(
    begun: Collection, releases: Path
) -> None:
    release(begun, releases)
    image = begun.records("set", "main")["images/3.png"].image_id
    decision = 'image = "set/images/3.png"\nreason = "privacy"\nby = "me"\ndate = 2026-11-24\n'
    (begun.folder / "config" / "decisions.toml").write_text(f"[[exclude]]\n{decision}")
    assert release(begun, releases, now=LATER).action == "published"
    folder = releases / "2026.11.24"
    index = index_of.loads((folder / "index.json").read_bytes())
    assert [(t.image_id, t.reason) for t in index.tombstones] == [(image, "privacy")]
    for file in folder.glob("*.tar"):
        assert not [name for name in members.spans(file) if name.startswith(str(image))]
    found = rows.loads((folder / "manifest.csv").read_text())
    assert [row.record.path for row in found] == [f"images/{i}.png" for i in (0, 1, 2, 4, 5)]
    for file in ("changes.csv", "CHANGES.md", "manifest.csv", "members.csv", "card.md"):
        assert "images/3.png" not in (folder / file).read_text()
        assert "again.png" not in (folder / file).read_text()
    blob = begun.records("set", "main")["images/3.png"].blob
    features = next(folder.glob("features-*.tar"))
    assert f"{blob}.features" not in members.spans(features)
    assert release(begun, releases, now=LATER + dt.timedelta(days=1)).action == "nothing"


def test_when_all_is_taken_down_the_next_release_holds_the_tombstones(
    begun: Collection, releases: Path
) -> None:
    release(begun, releases)
    why = 'reason = "privacy"\nby = "me"\ndate = 2026-11-24\n'
    all_ = [f'[[exclude]]\nimage = "set/images/{number}.png"\n{why}' for number in range(6)]
    decisions = "".join(all_)
    (begun.folder / "config" / "decisions.toml").write_text(decisions)
    assert release(begun, releases, now=LATER).action == "published"
    index = index_of.loads((releases / "2026.11.24" / "index.json").read_bytes())
    assert len(index.tombstones) == 6
    assert not list((releases / "2026.11.24").glob("*.tar"))


def test_what_people_read_of_a_release_stays_as_it_is(begun: Collection, releases: Path) -> None:
    """`UPDATE_GOLDEN=1` writes the golden files anew; read the difference."""
    release(begun, releases)
    for name in ("card.md", "CITATION.cff", "CHANGES.md", "NOTES.md"):
        text = (releases / TODAY / name).read_text(encoding="utf-8")
        text = text.replace(str(begun.folder.parent), "FOLDER")
        if os.environ.get("UPDATE_GOLDEN"):
            (GOLDEN / name).write_text(text, encoding="utf-8")
        assert text == (GOLDEN / name).read_text(encoding="utf-8"), name


def test_an_image_that_upstream_removed_leaves_its_shard(
    begun: Collection, upstream: Upstream, releases: Path
) -> None:
    release(begun, releases)
    gone = begun.records("set", "main")["images/1.png"].image_id
    upstream.commit({"images/1.png": None})
    begun.night()
    begun.merge()
    release(begun, releases, now=LATER)
    names = members.spans(releases / "2026.11.24" / "images-set-00000.tar")
    assert len(names) == 2 * 5
    assert f"{gone}.png" not in names


def test_a_licence_that_does_not_let_us_makes_a_pointer(begun: Collection, releases: Path) -> None:
    licences = begun.folder / "config" / "licences.toml"
    licences.write_text('["CC-BY-4.0"]\nredistribute = true\nwhy = "credit"\n')
    release(begun, releases)
    assert not list((releases / TODAY).glob("*.tar"))
    found = rows.loads((releases / TODAY / "manifest.csv").read_text())
    assert {(r.redistributable, r.shard) for r in found} == {(False, None)}
    assert all(r.pointer_url and r.record.sha256 and r.commit for r in found)
    card = (releases / TODAY / "card.md").read_text()
    assert "In the release: 0." in card


def test_a_day_in_a_file_name_is_not_published(
    begun: Collection, upstream: Upstream, releases: Path
) -> None:
    upstream.commit({"images/scan-2020-03-14.png": png(50), "images/20200315_101112.png": png(51)})
    begun.night()
    begun.merge()
    release(begun, releases)
    for file in (releases / TODAY).iterdir():
        for day in (b"2020-03-14", b"20200315"):
            assert day not in file.read_bytes(), file.name
    found = rows.loads((releases / TODAY / "manifest.csv").read_text())
    assert sum(row.record.path.startswith("withheld/") for row in found) == 2


NAMES = [
    "John_Smith.png",
    "14Mar2020.png",
    "03.14.20.png",
    "MRN0012345.png",
    "1.2.840.113.17.5.png",
]


def test_a_name_that_may_tell_a_person_leaves_in_nothing_but_the_key(
    begun: Collection, upstream: Upstream, releases: Path
) -> None:
    upstream.commit({f"images/{name}": png(60 + n) for n, name in enumerate(NAMES)})
    upstream.commit({f"notes/{name}": b"no picture" for name in NAMES})
    begun.night()
    begun.merge()
    release(begun, releases)
    values = ("CHANGES.md", "CHANGES.json", "problems.csv")
    texts = [(name, git(begun.folder, "show", f"main:datasets/{name}").encode()) for name in values]
    pages = [file for file in begun.pages.rglob("*") if file.is_file()]
    texts += [(file.name, file.read_bytes()) for file in pages]
    texts += [(file.name, file.read_bytes()) for file in (releases / TODAY).iterdir()]
    for name in NAMES:
        stem = name.removesuffix(".png").encode()
        assert [where for where, text in texts if stem in text] == []
    assert b"withheld/" in dict(texts)["CHANGES.md"]


def test_a_picture_that_would_tell_a_person_stops_the_release(
    begun: Collection, releases: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exif = picture(1).getexif()
    exif[0x013B] = "Dr Somebody"
    picture_bytes = encoded(picture(1), "JPEG", exif=exif.tobytes())
    read = members.read
    monkeypatch.setattr(
        "flows.publish.image.privacy.members.read",
        lambda tar, name: picture_bytes if name.endswith(".png") else read(tar, name),
    )
    with pytest.raises(ReleaseError, match=r"so nothing was published:\n- images-set-00000\.tar: "):
        release(begun, releases)
    assert not releases.exists()


def test_a_dry_run_builds_and_publishes_nothing(begun: Collection, releases: Path) -> None:
    outcome = release(begun, releases, dry_run=True)
    assert outcome.action == "dry_run"
    assert not releases.exists()
    assert (Path(outcome.where or "") / "index.json").exists()


def test_a_draft_with_a_wrong_and_a_foreign_file_is_mended(
    begun: Collection, tmp_path: Path
) -> None:
    release(twin(begun, tmp_path / "twin"), tmp_path / "good")
    draft = tmp_path / "releases" / f".draft-{TODAY}"
    draft.mkdir(parents=True)
    (draft / "index.json").write_text("{}")
    (draft / "foreign.txt").write_text("?")
    (draft / ".manifest.csv.part").write_text("half")
    release(begun, tmp_path / "releases", now=LATER)
    assert _sums(tmp_path / "releases") == _sums(tmp_path / "good")
    names = {p.name for p in (tmp_path / "releases" / TODAY).iterdir()}
    assert names == {p.name for p in (tmp_path / "good" / TODAY).iterdir()}


def test_what_arrives_changed_is_not_published(
    begun: Collection, releases: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch = FolderPublisher.download

    def torn(self: FolderPublisher, version: str, name: str, to: Path) -> None:
        fetch(self, version, name, to)
        if name.endswith(".tar"):
            to.write_bytes(to.read_bytes()[:-1] + b"!")

    monkeypatch.setattr(FolderPublisher, "download", torn)
    with pytest.raises(ReleaseError, match=r"does not hold what was sent: features-00000\.tar"):
        release(begun, releases)
    assert not (releases / TODAY).exists()


def test_versions_follow_the_day_in_utc() -> None:
    tokyo = dt.timezone(dt.timedelta(hours=9))
    early = dt.datetime(2026, 11, 24, 3, 0, tzinfo=tokyo)
    assert steps.next_version([], early) == "2026.11.23"
    there = ["2026.11.23", "2026.11.23.1", "2026.11.23.9"]
    assert steps.next_version(there, early) == "2026.11.23.10"


def test_a_torn_earlier_release_stops_the_next(begun: Collection, releases: Path) -> None:
    release(begun, releases)
    (releases / TODAY / "manifest.csv").write_text("torn")
    with pytest.raises(ReleaseError, match=r"Release 2026\.11\.23 cannot be read"):
        release(begun, releases, now=LATER)


def test_what_is_configured_decides_and_not_a_default(begun: Collection, releases: Path) -> None:
    (begun.folder / "config" / "licences.toml").write_text(EVERYTHING)
    git(begun.folder, "status", "--short")
    release(begun, releases)
    shard = releases / TODAY / "sized224-set-00000.tar"
    square = members.read(shard, next(n for n in members.spans(shard) if n.endswith(".png")))
    read = pixels.read(square or b"")
    assert isinstance(read, pixels.Picture)
    assert (read.width, read.height, read.bit_depth) == (224, 224, 8)


def test_each_file_is_read_when_it_is_written_and_when_it_is_verified(
    begun: Collection, releases: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: Counter[str] = Counter()

    def counted(file: Path) -> str:
        read[file.name] += 1
        return checksums_sha256(file)

    checksums_sha256 = checksums.sha256
    for name, module in list(sys.modules.items()):
        if name.startswith("flows.") and getattr(module, "sha256", None) is checksums_sha256:
            monkeypatch.setattr(module, "sha256", counted)
    release(begun, releases)
    names = {path.name for path in (releases / TODAY).iterdir()} - {"NOTES.md"}
    assert set(read) == names
    assert max(read.values()) == 2


def test_a_takedown_that_takes_nothing_down_is_said_first(
    begun: Collection, releases: Path
) -> None:
    decided = (
        '[[exclude]]\nimage = "set/images/99.png"\n'
        'by = "me"\ndate = 2026-11-01\nreason = "rights"\n'
    )
    (begun.folder / "config" / "decisions.toml").write_text(decided, encoding="utf-8")
    outcome = release(begun, releases)
    first, *_ = outcome.lines()
    assert first.startswith("Attention: the takedown of set/images/99.png matches no image")
    assert outcome.action == "published"
