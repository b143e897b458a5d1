"""The baseline of the data card: the same figures as the library's, from small pictures."""

from dataclasses import replace

import pytest

from covid19_images.duplicates.features import Features, extract
from covid19_images.manifest.record import Record
from covid19_images.release.row import Row
from flows.publish.card import baseline
from tests.support.local_copy import SIDES, lungs

COUNT = 60


def _row(record: Record) -> Row:
    return Row(record=record, commit="c", added_in="2026.11.23", changed_in="2026.11.23")


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    plain = Record(source="journal", path="", blob="", modality="XR")
    return [
        _row(
            replace(
                plain,
                path=f"{at}.png",
                blob=f"{at:040x}",
                finding=("COVID-19",) if at % 2 else ("No finding",),
                split=SIDES[at // 2 % 10],  # type: ignore[arg-type]
                group=f"g{at // 2}",
            )
        )
        for at in range(COUNT)
    ]


@pytest.fixture(scope="module")
def features() -> dict[str, Features]:
    return {
        f"{at:040x}": extract(lungs(at, ill=at % 2 == 1, size=(120, 100))) for at in range(COUNT)
    }


def test_the_card_shows_the_three_tables(rows: list[Row], features: dict[str, Features]) -> None:
    fixed, unseen, leakage = baseline.tables(baseline.subjects(rows), features)
    assert fixed.rows[0][:4] == ("journal", "12", "6", "1.00 (1.00–1.00)")
    assert unseen.rows == ()  # there is no other source to train on
    assert [row[0] for row in leakage.rows][-1] == "what leakage pays"


def test_only_radiographs_with_a_known_class_and_a_split_are_asked_about(rows: list[Row]) -> None:
    one = rows[0].record
    others = [
        replace(one, path="a", modality="CT"),
        replace(one, path="b", split="none"),
        replace(one, path="c", finding=("Effusion",)),
        replace(one, path="d", status="held"),
    ]
    found = baseline.subjects([*rows, *(_row(record) for record in others)])
    assert sorted(record.key for record in found) == sorted(row.record.key for row in rows)


def test_of_many_images_whole_groups_are_taken(
    rows: list[Row], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(baseline, "MOST", 31)
    found = baseline.subjects(rows)
    assert len(found) == 30
    assert len({record.group for record in found}) == 15


def test_one_class_alone_has_no_figures(rows: list[Row], features: dict[str, Features]) -> None:
    ill = [row for row in rows if "COVID-19" in row.record.finding]
    assert baseline.tables(baseline.subjects(ill), features) == []
    assert baseline.tables([], features) == []
