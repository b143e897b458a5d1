"""A release's gate: what tells labels without lungs stands on its first line, or stops it."""

import cv2
import numpy as np
import pytest

from covid19_images.checks.shortcuts.measure import Figure
from covid19_images.checks.shortcuts.seen import SOURCE
from covid19_images.checks.shortcuts.verdict import Audit
from covid19_images.duplicates.features import extract
from covid19_images.manifest.record import Record
from covid19_images.release.row import Row
from flows.publish import ReleaseError
from flows.publish.card import audit_words, shortcuts
from flows.publish.card.shortcuts import Audited

TODAY = "2026.11.23"


@pytest.fixture(scope="module")
def features():
    coarse = np.random.default_rng(0).integers(0, 255, (9, 9), dtype=np.uint8)
    return extract(cv2.resize(coarse, (64, 64)))


def rows(counts: dict[tuple[str, str], int]) -> list[Row]:
    return [
        Row(
            record=Record(
                source=source,
                path=f"{finding}/{at}.png",
                blob="0" * 40,
                image_id=f"c19-{hash((source, finding, at)) & (2**64 - 1):016x}",
                modality="XR",
                finding=(finding,),
                split="train",
                patient_id=f"{source}/{finding}/{at}",
                width=64,
                height=64,
                bytes=1000,
            ),
            commit="c",
            added_in=TODAY,
            changed_in=TODAY,
        )
        for (source, finding), count in counts.items()
        for at in range(count)
    ]


def test_the_whole_set_and_the_balanced_one_are_audited_and_the_card_says_both(features) -> None:
    found = shortcuts.audited(
        rows(
            {
                ("a", "COVID-19"): 60,
                ("a", "No finding"): 20,
                ("b", "COVID-19"): 20,
                ("b", "No finding"): 60,
                ("c", "COVID-19"): 30,
            }
        ),
        {"0" * 40: features},
    )
    assert [(one.spelling, one.audit.passes) for one in found] == [
        ('load("xray")', False),
        ('load("xray", balance="source")', True),
    ]
    shortcuts.gate(found)
    [sentence] = shortcuts.findings(found)
    assert sentence.startswith("X-ray: The name of the source alone tells positive in train: AUC")
    words = audit_words.section(found)
    assert "30 of c, which has only positive" in words
    assert "| the name of the source | train | 0." in words


def test_a_balanced_set_that_is_none_stops_the_release() -> None:
    figure = Figure(
        sees=SOURCE,
        label="positive",
        split="test",
        positive=50,
        negative=50,
        auc=1.0,
        low=1.0,
        high=1.0,
    )
    unbalanced = Audited("X-ray", is_balanced=True, audit=Audit((figure,), 100))
    with pytest.raises(ReleaseError, match="not balanced, so nothing was published"):
        shortcuts.gate([unbalanced])
