"""Rows are chosen by their columns; what is not known passes no filter that asks for it."""

from typing import Any

import pytest

from covid19_images.dataset.filters import filters
from covid19_images.manifest.record import Record
from covid19_images.release.row import Row

ROWS = {
    "plain": {},
    "woman": {"view": "PA", "sex": "F", "age_min": 30, "age_max": 39, "licence": "CC0-1.0"},
    "man": {"view": "AP", "sex": "M", "age_min": 70, "age_max": 70, "patient_id": "s/7"},
    "drawn on": {"quality": ("annotated", "crop"), "finding": ("COVID-19", "ARDS")},
    "owner's": {"licence": "LicenseRef-none", "label_basis": "rt_pcr", "quality": ("crop",)},
}


def _rows() -> dict[str, Row]:
    return {
        name: Row(
            record=Record(source="s", path=name, blob="0" * 40, **cells),  # type: ignore[arg-type]
            commit="c",
            redistributable=cells.get("licence") == "CC0-1.0",
            added_in="v",
            changed_in="v",
        )
        for name, cells in ROWS.items()
    }


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, list(ROWS)),
        ({"view": "PA"}, ["woman"]),
        ({"view": ["PA", "AP"]}, ["woman", "man"]),
        ({"sex": "female"}, ["woman"]),
        ({"age": (18, 39)}, ["woman"]),
        ({"age": (35, None)}, ["man"]),  # the woman may be 30
        ({"age": (None, 17)}, []),
        ({"patients": ["s/7"]}, ["man"]),
        ({"finding": "ARDS"}, ["drawn on"]),
        ({"quality": "crop"}, ["drawn on", "owner's"]),
        ({"quality": "-annotated"}, ["plain", "woman", "man", "owner's"]),
        ({"quality": ["crop", "-annotated"]}, ["owner's"]),
        ({"licence": "redistributable"}, ["woman"]),
        ({"licence": ["redistributable", "LicenseRef-none"]}, ["woman", "owner's"]),
        ({"label_basis": "rt_pcr"}, ["owner's"]),
        ({"sex": ["M", "F"], "view": "AP"}, ["man"]),
    ],
)
def test_rows_are_chosen_by_their_columns(options: dict[str, Any], expected: list[str]) -> None:
    passing = filters(options).values()
    found = [name for name, row in _rows().items() if all(one(row) for one in passing)]
    assert found == expected
