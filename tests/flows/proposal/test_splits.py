"""What a proposal says about splits."""

from dataclasses import replace

from flows.proposal import splits
from tests.covid19_images.manifest.splits.test_place import row

TRAIN = replace(row("x/a", 1, "p"), split="train")
TEST = replace(row("x/b", 2, "q"), split="test")
REASON = "placed in train, then linked with x/b, which is in test"
OUT = replace(TRAIN, status="quarantined", status_reason=REASON, split="none", split_reason=REASON)

SECTION = f"""## Splits

- Images without their copies: train 0 (0%), validation 0 (0%), test 1 (100%)
- On more than one side: 0 patients, 0 files, 0 pictures, 0 duplicates
- Moved to another side: 0
- Quarantined: 1
- Strata off 70/10/20 by more than their largest group: 0 of 1
- Quarantined `x/a`: `{REASON}`
"""


def test_a_quarantine_is_told_with_its_reason_once() -> None:
    report = splits.report_splits([TRAIN, TEST], [OUT, TEST], [])
    assert splits.section(report) == SECTION
    assert splits.changes(report) == f"### Splits\n\n- Quarantined `x/a`: `{REASON}`\n"
    assert report.review_reason is None
    assert splits.changes(splits.report_splits([OUT, TEST], [OUT, TEST], [])) == ""


def test_a_quarantine_that_ends_is_told() -> None:
    report = splits.report_splits([OUT, TEST], [TRAIN, TEST], [])
    assert splits.items(report) == ["- No longer quarantined: `x/a`"]


def test_a_leak_holds_the_proposal() -> None:
    report = splits.report_splits([], [TRAIN, replace(TEST, patient_id="x/p")], [])
    assert report.review_reason == "splits: 1 leak between train, validation and test"


def test_long_lists_are_cut() -> None:
    many = [replace(OUT, path=f"{i:03}") for i in range(50)]
    assert len(splits.items(splits.report_splits([], many, []))) == 41
