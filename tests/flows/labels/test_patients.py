"""Patients whose images contradict each other are listed; nobody is merged or split for it."""

import pytest

from covid19_images.manifest.record import Record
from flows.config.source import Source
from flows.labels.patients import conflicts


def _source(ages_apart: int = 1) -> Source:
    return Source.model_validate(
        {
            "name": "set",
            "title": "",
            "owner": "",
            "url": "https://x/",
            "order": 1,
            "files": {"images": ["/images/"]},
            "patient": {"ages_apart": ages_apart},
        }
    )


def _row(name: str, **cells: object) -> Record:
    row = {"source": "set", "path": f"images/{name}", "blob": "0" * 40, "patient_id": "set/62"}
    return Record(**row | cells)  # type: ignore[arg-type]


def _aged(age: int, name: str = "a", **cells: object) -> Record:
    return _row(name, age_min=age, age_max=age, **cells)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([_row("a", sex="M"), _row("b", sex="F")], "sex F in images/b but sex M in images/a"),
        ([_row("a", country="IT"), _row("b", country="CN")], "country CN in images/b but"),
        ([_aged(30), _aged(32, "b")], "age 30 in images/a but age 32 in images/b"),
        ([_aged(30), _row("b", age_min=50)], "age 30 in images/a but age 50 in images/b"),
    ],
)
def test_a_contradiction_is_listed_with_both_images(rows: list[Record], message: str) -> None:
    [problem] = conflicts(_source(), rows)
    assert problem.kind == "patient_conflict"
    assert problem.what.startswith("patient set/62: ")
    assert message in problem.what


@pytest.mark.parametrize(
    "rows",
    [
        [_row("a", sex="M"), _row("b")],
        [_aged(30), _aged(31, "b")],
        [_aged(30, offset_days=0), _aged(33, "b", offset_days=800)],
        [_row("a", age_max=40), _row("b", age_min=40)],
        [_row("a", sex="M"), _row("b", sex="F", patient_id="set/63")],
        [_row("a", sex="M", patient_id=None), _row("b", sex="F", patient_id=None)],
    ],
)
def test_what_time_or_silence_explains_is_none(rows: list[Record]) -> None:
    assert list(conflicts(_source(), rows)) == []


def test_a_cohort_followed_over_years_says_so_in_its_configuration() -> None:
    rows = [_aged(30), _aged(60, "b")]
    assert list(conflicts(_source(), rows))
    assert list(conflicts(_source(ages_apart=40), rows)) == []
