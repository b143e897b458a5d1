"""What sources say of one picture: what cannot both hold is a conflict, and all else is none."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covid19_images.manifest.record import Record
from covid19_images.manifest.statements.compatible import KIND_OF, findings
from covid19_images.manifest.statements.conflicts import Decided, conflicts, dumps, in_doubt, loads
from covid19_images.manifest.statements.statements import statements
from flows.config import load
from tests.support.collection import ROOT
from tests.support.examples import examples

ORDER = {"owner": 1, "merge": 2, "other": 3}


def _row(key: str, of: str | None = None, **cells: object) -> Record:
    source, _, path = key.partition("/")
    row = Record(
        source=source,
        path=path,
        blob=f"{key.encode().hex():0<40}"[:40],
        image_id=f"c19-{key.encode().hex():0<16}"[:20],
        duplicate_of=of,
        duplicate_kind="resized" if of else None,
    )
    return replace(row, **cells)  # type: ignore[arg-type]


def _two(one: dict[str, object], other: dict[str, object]) -> Sequence[Record]:
    return [_row("owner/1", **one), _row("merge/1", "owner/1", **other)]


@pytest.mark.parametrize(
    ("a", "b", "both"),
    [
        (["Pneumonia"], ["COVID-19"], True),
        (["Viral pneumonia"], ["COVID-19"], True),
        (["ARDS"], ["COVID-19"], True),
        (["COVID-19", "Streptococcus"], ["Streptococcus"], True),
        (["Infiltration"], ["SARS"], True),
        ([], ["No finding"], True),
        (["No finding"], ["COVID-19"], False),
        (["No finding"], ["Effusion"], False),
        (["SARS"], ["COVID-19"], False),
        (["Bacterial pneumonia"], ["Viral pneumonia"], False),
        (["Bacterial pneumonia"], ["COVID-19"], False),
    ],
)
def test_findings_conflict_where_none_is_a_kind_of_the_other(
    a: list[str], b: list[str], *, both: bool
) -> None:
    assert findings(a, b) is findings(b, a) is both


def test_every_cause_of_the_vocabulary_has_its_place() -> None:
    words = set(load.load(ROOT / "config").vocabulary.findings)
    signs = words - KIND_OF.keys() - {"No finding", "ARDS"}
    assert KIND_OF.keys() <= words
    assert len(signs) == 13  # the findings of NIH ChestX-ray14 but Pneumonia


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        ("finding", {"finding": ("COVID-19",)}, {"finding": ("No finding",)}),
        ("view", {"view": "PA"}, {"view": "AP_SUPINE"}),
        ("sex", {"sex": "M"}, {"sex": "F"}),
        ("age", {"age_min": 50, "age_max": 59}, {"age_min": 60, "age_max": 60}),
        (
            "offset",
            {"offset_days": 3, "offset_basis": "admission"},
            {"offset_days": 5, "offset_basis": "unknown"},
        ),
        ("licence", {"licence": "CC-BY-3.0"}, {"licence": "CC0-1.0"}),
        ("laterality", {}, {"duplicate_kind": "flipped"}),
    ],
)
def test_each_field_can_be_in_conflict_and_the_owner_counts(
    field: str, one: dict[str, object], other: dict[str, object]
) -> None:
    [found] = conflicts(_two(one, other), ORDER)
    assert (found.field, found.a, found.b) == (field, "merge/1", "owner/1")
    assert (found.counts, found.by) == (found.b_value, "owner")
    assert loads(dumps([found])) == [found]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"view": "AP"}, {"view": "AP_ERECT"}),
        ({"age_min": 50}, {"age_min": 55, "age_max": 55}),
        ({"sex": "M"}, {}),
        ({"licence": "CC-BY-3.0"}, {"licence": "NOASSERTION"}),
        ({"patient_id": "owner/1"}, {"patient_id": "merge/9"}),
        (
            {"offset_days": 3, "offset_basis": "admission"},
            {"offset_days": 5, "offset_basis": "symptom_onset"},
        ),
    ],
)
def test_what_can_both_be_true_is_no_conflict(
    one: dict[str, object], other: dict[str, object]
) -> None:
    assert conflicts(_two(one, other), ORDER) == []


def test_panels_blank_pictures_and_what_nobody_uses_are_no_statements() -> None:
    covid, none = {"finding": ("COVID-19",)}, {"finding": ("No finding",)}
    figure = [
        _row("owner/1", **covid),
        _row("merge/1", "owner/1", duplicate_kind="part", **none),
    ]
    assert conflicts(figure, ORDER) == []
    for cells in ({"quality": ("blank",)}, {"status": "held", "status_reason": "x"}):
        assert conflicts(_two(covid, none | cells), ORDER) == []


def test_a_correction_of_the_owner_counts_before_the_value_that_was_copied() -> None:
    rows = _two(
        {"finding": ("No finding",), "last_changed": dt.date(2020, 6, 1)},
        {"finding": ("COVID-19",), "last_changed": dt.date(2020, 4, 1)},
    )
    assert [(c.counts, c.by) for c in conflicts(rows, ORDER)] == [("No finding", "owner")]


def test_a_source_that_contradicts_itself_leaves_the_picture_in_doubt() -> None:
    rows = [
        *_two({"finding": ("COVID-19",)}, {"finding": ("COVID-19",)}),
        _row("owner/2", "owner/1", finding=("No finding",)),
    ]
    assert {c.counts for c in conflicts(rows, ORDER)} == {None}
    assert in_doubt(rows) == {"owner/1", "owner/2", "merge/1"}
    assert in_doubt(rows[:2]) == frozenset()


def test_what_a_person_decided_counts_under_the_persons_name() -> None:
    rows = [
        _row("owner/1", finding=("COVID-19",)),
        _row("owner/2", "owner/1", finding=("No finding",)),
    ]
    decided = [Decided("owner/2", "COVID-19", "a radiologist")]
    [found] = conflicts(rows, ORDER, decided=decided)
    assert (found.counts, found.by) == ("COVID-19", "a radiologist")


def test_copies_that_only_pairs_know_count_too() -> None:
    rows = [_row("owner/1", sex="M"), _row("merge/1", sex="F")]
    assert conflicts(rows, ORDER) == []
    assert len(conflicts(rows, ORDER, copies=[("merge/1", "owner/1")])) == 1


def test_statements_say_who_says_what_since_when_and_on_what_it_rests() -> None:
    rows = _two(
        {"finding": ("COVID-19",), "label_basis": "rt_pcr", "finding_raw": "covid"},
        {"finding": ("No finding",), "last_changed": dt.date(2020, 4, 1), "sex": "M"},
    )
    words = statements(rows, "owner/1")
    assert [(s.field, s.key, s.raw, s.value, s.basis, s.since) for s in words] == [
        ("finding", "merge/1", None, "No finding", None, dt.date(2020, 4, 1)),
        ("finding", "owner/1", "covid", "COVID-19", "rt_pcr", None),
        ("sex", "merge/1", None, "M", None, dt.date(2020, 4, 1)),
    ]
    assert statements(rows, str(rows[1].image_id)) == words
    assert statements(rows, "owner/none") == []


KEYS = [f"{source}/{i}" for source in ORDER for i in range(2)]


@st.composite
def _worlds(draw: st.DrawFn) -> list[Record]:
    words = st.sampled_from([(), ("COVID-19",), ("No finding",), ("Pneumonia",), ("SARS",)])
    rows = [_row(KEYS[0], finding=draw(words))]
    for key in KEYS[1:]:
        of = draw(st.sampled_from([None, KEYS[0]]))
        rows.append(_row(key, of, finding=draw(words), sex=draw(st.sampled_from(["M", "F", None]))))
    return rows


@settings(max_examples=examples(100), deadline=None)
@given(_worlds(), st.data())
def test_the_order_of_rows_does_not_matter(rows: list[Record], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(rows))
    assert conflicts(shuffled, ORDER) == conflicts(rows, ORDER)
    assert in_doubt(shuffled) == in_doubt(rows)
