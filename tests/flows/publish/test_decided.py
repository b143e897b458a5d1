"""A person's decision about a finding travels beside the rows, with name and date."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

from covid19_images.dataset.select import select
from covid19_images.download.copy import LocalCopy, open_copy
from covid19_images.manifest.statements import decided
from covid19_images.release.index import SmallFile
from flows.config.decisions import Finding
from flows.publish import decided as decisions
from tests.support import local_copy

DAY = dt.date(2026, 11, 26)
WELL = "journal/images/001.png"  # its source states that there is no finding


def finding(image: str, value: str = "COVID-19", by: str = "ada") -> Finding:
    return Finding(image=image, value=value, by=by, date=DAY)


def published(tmp_path: Path, *findings: Finding) -> LocalCopy:
    copy = local_copy.make(tmp_path, count=20)
    text = decisions.dumps(list(copy.rows.values()), copy.records, findings)
    (copy.folder / decided.FILE).write_text(text, encoding="utf-8", newline="\n")
    listed = SmallFile(name=decided.FILE, size=len(text), sha256="0" * 64)
    index = replace(copy).index.model_copy(update={"files": (listed,)})
    (copy.folder / "index.json").write_text(index.dumps(), encoding="utf-8")
    return open_copy(copy.folder)


def test_a_decision_labels_what_loaders_give_and_overwrites_no_row(tmp_path: Path) -> None:
    copy = published(tmp_path, finding(WELL))
    [one] = copy.decided.values()
    assert (one.key, one.finding, one.by, one.date) == (WELL, ("COVID-19",), "ada", DAY)
    chosen = select(root=copy.folder, sources="journal")
    words = {r.key: chosen.label.words(r) for r in chosen.records}
    assert words[WELL] == ["positive"]
    assert words["journal/images/003.png"] == ["negative"]
    assert copy.rows[WELL].record.finding == ("No finding",)
    assert "findings of 1 decided by people" in repr(chosen)


def test_a_decision_by_image_id_holds_for_every_copy_and_the_last_one_counts(
    tmp_path: Path,
) -> None:
    plain = local_copy.make(tmp_path / "plain", count=4)
    original = next(r for r in plain.records if r.key == "journal/images/000.png")
    both = [finding(str(original.image_id), "SARS"), finding(original.key, "No finding", "bea")]
    copy = published(tmp_path / "copy", *both)
    assert {one.key: one.finding for one in copy.decided.values()} == {
        "journal/images/000.png": ("No finding",),
        "others/copy.png": ("No finding",),
    }
    assert {one.by for one in copy.decided.values()} == {"bea"}


def test_without_decisions_the_file_has_no_row(tmp_path: Path) -> None:
    assert published(tmp_path).decided == {}


def test_filters_and_what_is_known_go_by_the_decision_too(tmp_path: Path) -> None:
    copy = published(tmp_path, finding(WELL, "SARS"))
    assert [r.key for r in select(root=copy.folder, finding="SARS").records] == [WELL]
    well = {r.key for r in select(root=copy.folder, finding="No finding").records}
    assert well
    assert WELL not in well


def test_the_audit_of_a_release_looks_at_the_labels_that_loaders_give(tmp_path: Path) -> None:
    copy = local_copy.make(tmp_path, count=20)
    rows = list(copy.rows.values())
    given = decisions.as_loaders_give(rows, copy.records, [finding(WELL)])
    changed = {row.record.key: row.record.finding for row in given if row not in rows}
    assert changed == {WELL: ("COVID-19",)}
