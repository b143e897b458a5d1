"""What a night left behind is known the next night; what anybody changed is not."""

import json
from collections.abc import Sequence
from dataclasses import fields as fields_of
from pathlib import Path

import pytest

from covid19_images.manifest import table
from covid19_images.manifest.cells import Cells
from covid19_images.manifest.record import Record
from flows.collection.checkout import Checkout
from flows.collection.state import SourceRow
from flows.config import load
from flows.night import worked_out
from flows.night.plan import stage
from flows.night.run import open_run
from flows.night.worked_out import WorkedOut
from tests.support.collection import SIMPLE, Collection
from tests.support.pictures import encoded, picture, png
from tests.support.upstream import Upstream, git

_DECISION = """
[[keep]]
image = "set/images/0.png"
by = "me"
date = 2026-11-01
"""


def begin(collection: Collection, upstream: Upstream) -> None:
    """Make a collection that has imported three pictures."""
    upstream.commit({f"images/{i}.png": png(i) for i in range(3)})
    collection.source("set", SIMPLE.format(url=upstream.url))
    collection.night()
    collection.merge()


def _is_whole(collection: Collection) -> bool:
    config = load.load(collection.folder / "config")
    opened, _ = open_run(Checkout(collection.folder), config, collection.cache)
    return opened.worked_out.is_whole


def test_what_a_night_proposed_is_known_once_it_is_merged(
    begun: Collection, upstream: Upstream
) -> None:
    assert _is_whole(begun)
    upstream.commit({"images/new.png": png(9), "images/1.png": None})
    begun.night()
    begun.merge()
    assert _is_whole(begun)


def test_a_night_from_what_is_known_proposes_what_one_without_a_cache_does(
    begun: Collection, upstream: Upstream
) -> None:
    upstream.commit({"images/new.png": png(9), "images/1.png": None, "images/2.png": png(1)})
    some = begun.night().proposal
    (begun.cache / "worked_out.json").unlink()
    anew = begun.night().proposal
    assert some is not None
    assert anew is not None
    assert (some.body, some.writes, some.page) == (anew.body, anew.writes, anew.page)


def test_a_quiet_night_works_out_nothing_of_what_is_known(
    begun: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "hold", lambda *_args, **_options: pytest.fail("worked out"))
    assert begun.night().proposal is None


def test_rows_that_a_person_changed_are_not_known(begun: Collection) -> None:
    file = begun.folder / "datasets" / "manifest" / "set.csv"
    git(begun.folder, "checkout", "--quiet", "--force", "main")
    file.write_text(file.read_text(encoding="utf-8").replace(",train,", ",test,"), encoding="utf-8")
    git(begun.folder, "commit", "--quiet", "--all", "-m", "by hand")
    assert not _is_whole(begun)


def test_a_decision_makes_the_collection_another_one(begun: Collection) -> None:
    (begun.folder / "config" / "decisions.toml").write_text(_DECISION, encoding="utf-8")
    assert not _is_whole(begun)


def test_a_damaged_file_makes_all_be_worked_out_anew(
    begun: Collection, caplog: pytest.LogCaptureFixture
) -> None:
    (begun.cache / "worked_out.json").write_text("{", encoding="utf-8")
    assert not _is_whole(begun)
    assert "all is worked out anew" in caplog.text


def test_the_file_stays_small(tmp_path: Path, begun: Collection) -> None:
    config = load.load(begun.folder / "config")
    for number in range(100):
        files = {"datasets/manifest/set.csv": f"{number:040x}"}
        worked_out.keep(tmp_path, files, config, WorkedOut(is_whole=True))
    assert len(json.loads((tmp_path / "worked_out.json").read_text(encoding="utf-8"))) == 64
    assert worked_out.known(tmp_path, {"datasets/manifest/set.csv": f"{99:040x}"}, config).is_whole


class _Reads:
    """Counts the rows that are parsed, but for those of the few sources."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rows = 0
        parsed = Cells.fields

        def fields(cells: Cells, some: Sequence[str]) -> dict[str, object]:
            self.rows += len(some) != len(fields_of(SourceRow))
            return parsed(cells, some)

        monkeypatch.setattr(Cells, "fields", fields)

    def of(self, collection: Collection) -> int:
        """Run a night, and return how many rows it parsed."""
        self.rows = 0
        collection.night()
        return self.rows


def test_a_quiet_night_reads_no_row_of_what_is_known(
    begun: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = _Reads(monkeypatch)
    assert reads.of(begun) == 0
    (begun.cache / "worked_out.json").unlink()
    assert reads.of(begun) > 0
    assert reads.of(begun) == 0  # that it had nothing to do is remembered


def test_a_night_that_has_something_to_do_reads_rows(
    begun: Collection, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = _Reads(monkeypatch)
    upstream.commit({"images/new.png": png(9)})
    assert reads.of(begun) > 0
    begun.merge()
    assert reads.of(begun) == 0
    monkeypatch.setattr(worked_out, "RULES_VERSION", worked_out.RULES_VERSION + 1)
    assert reads.of(begun) > 0


def test_a_night_after_an_edit_or_a_decision_reads_rows(
    begun: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = _Reads(monkeypatch)
    (begun.folder / "config" / "decisions.toml").write_text(_DECISION, encoding="utf-8")
    assert reads.of(begun) > 0
    file = begun.folder / "datasets" / "manifest" / "set.csv"
    git(begun.folder, "checkout", "--quiet", "--force", "main")
    file.write_text(file.read_text(encoding="utf-8").replace(",train,", ",test,"), encoding="utf-8")
    git(begun.folder, "commit", "--quiet", "--all", "-m", "by hand")
    assert reads.of(begun) > 0


def test_a_quiet_night_counts_the_images_that_it_does_not_read(
    begun: Collection, upstream: Upstream
) -> None:
    upstream.commit({"images/1.png": None})
    begun.night()
    begun.merge()
    assert [change.images for change in begun.night().changes] == [2]


def test_a_copy_of_an_unread_picture_is_found_and_its_source_alone_is_read(
    collection: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ups = {name: Upstream(tmp_path / f"{name}.git") for name in ("first", "other", "third")}
    for number, (name, up) in enumerate(ups.items()):
        up.commit({f"images/{i}.png": png(10 * number + i) for i in range(4)})
        collection.source(name, SIMPLE.format(url=up.url))
    collection.night()
    collection.merge()
    copy = encoded(picture(11).resize((120, 96)))
    ups["first"].commit({"images/copy.png": copy, "images/same.png": png(12)})
    read = []
    loads = table.loads

    def read_whole(text: str, *, name: str) -> list[Record]:
        read.append(name)
        return loads(text, name=name)

    with monkeypatch.context() as patched:
        patched.setattr(table, "loads", read_whole)
        some = collection.night().proposal
    (collection.cache / "worked_out.json").unlink()
    anew = collection.night().proposal
    assert some is not None
    assert anew is not None
    assert (some.body, some.writes, some.page) == (anew.body, anew.writes, anew.page)
    assert "first/images/copy.png" in some.body
    assert not any("third" in name for name in read)
