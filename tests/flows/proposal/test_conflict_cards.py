"""Conflicts stand on the page with both pictures, and corrections in the body for each copy."""

import os
from dataclasses import replace

from playwright.sync_api import expect

from covid19_images.manifest.statements.conflicts import Conflict
from covid19_images.manifest.table import Change
from flows.proposal import corrections, page
from flows.proposal.changes import SourceChange, headline
from flows.proposal.corrections import Correction
from tests.flows.proposal.pictured_night import CHANGES, COPIES, NEW, PICTURES, RECORDS
from tests.flows.proposal.small_night import FOLDERS, JOURNAL
from tests.support.chromium import Open, axe_finds

SOURCES = [JOURNAL, FOLDERS.model_copy(update={"order": 2})]
OWN = replace(NEW[0], image_id=f"c19-{0:016x}")
COPY = replace(
    COPIES[0], duplicate_of=OWN.key, duplicate_kind="resized", finding=("No finding",), view="AP"
)
DISPUTED = [
    Conflict(
        field="finding",
        a=COPY.key,
        b=OWN.key,
        a_value="No finding",
        b_value="SARS",
        counts="SARS",
        by="journal",
    ),
    Conflict(field="view", a=COPY.key, b=OWN.key, a_value="AP", b_value="PA"),
]


def html() -> str:
    rows = [COPY if r.key == COPY.key else r for r in RECORDS]
    return page.render(
        headline(CHANGES), CHANGES, rows, [], (), pictures=PICTURES, conflicts=DISPUTED
    )


def test_a_conflict_shows_both_pictures_and_both_statements_side_by_side(opened: Open) -> None:
    tab = opened(html())
    block = tab.locator('details[data-kind="conflict"]')
    expect(block.locator(".card")).to_have_count(2)
    first = block.locator(".card").first
    first.scroll_into_view_if_needed()
    expect(first.locator("img")).to_have_count(2)
    expect(first.locator("figcaption")).to_have_text(["folders: No finding", "journal: SARS"])
    expect(first.locator(".words")).to_contain_text("finding: SARS counts (journal)")
    left, right = (first.locator("img").nth(at).bounding_box() for at in (0, 1))
    assert left["y"] == right["y"]
    assert left["x"] + left["width"] <= right["x"]
    expect(block.locator(".words").nth(1)).to_contain_text("view: in doubt")
    if shot := os.environ.get("SHOT"):
        tab.screenshot(path=shot, full_page=True)
    assert axe_finds(tab) == []


def test_a_conflict_names_the_command_that_decides_it() -> None:
    a = replace(COPY, image_id="c19-00000000000000ff")
    rows = [a if r.key == a.key else r for r in RECORDS]
    text = page.render(headline(CHANGES), CHANGES, rows, [], (), conflicts=DISPUTED)
    assert "To decide: /sync finding c19-00000000000000ff SARS" in text


def test_a_statement_about_a_patient_names_its_source_once() -> None:
    patients = replace(DISPUTED[1], field="patient", a_value="folders/20", b_value="journal/7")
    text = page.render(
        headline(CHANGES), CHANGES, RECORDS, [], (), pictures=PICTURES, conflicts=[patients]
    )
    assert ">folders: 20<" in text
    assert ">journal: 7<" in text


def corrected(after_finding: str) -> SourceChange:
    now = replace(OWN, finding=(after_finding,), patient_id="journal/8")
    return SourceChange(source=JOURNAL, outcome=CHANGES[0].outcome, relabelled=(Change(OWN, now),))


def test_each_copy_that_did_not_follow_a_correction_is_named() -> None:
    change = corrected("COVID-19")
    now = change.relabelled[0].after
    assert now is not None
    stale = replace(COPY, patient_id="folders/3")
    followed = replace(COPY, path="train/other.jpeg", finding=("COVID-19",))
    found = corrections.corrections([change], [now, stale, followed], [], SOURCES)
    assert found == [
        Correction("finding", now.key, "SARS", "COVID-19", stale.key, "No finding"),
        Correction("patient", now.key, "", "journal/8", stale.key, "folders/3"),
        Correction("patient", now.key, "", "journal/8", followed.key, ""),
    ]
    words = corrections.section(found, {})
    assert words.startswith("## 3 missed corrections\n")
    assert (
        "- finding: `journal/images/1.png` from `SARS` to `COVID-19`; its copy"
        " `folders/train/1.jpeg` states `No finding`"
    ) in words


def test_a_collector_corrects_no_owner() -> None:
    was = replace(COPY, finding=("SARS",))
    change = SourceChange(
        source=FOLDERS, outcome=CHANGES[1].outcome, relabelled=(Change(was, COPY),)
    )
    assert corrections.corrections([change], [OWN, COPY], [], SOURCES) == []
    assert corrections.section([], {}) == ""
