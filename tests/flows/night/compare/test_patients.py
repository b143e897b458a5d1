"""Two patients that look like one are one question, however many pairs they have."""

from collections.abc import Iterable

from covid19_images.manifest.record import Record
from flows.collection.duplicates import Pair
from flows.night.compare.patients import alike, questions


def _row(patient: str, number: int, source: str = "ct") -> Record:
    return Record(
        source=source, path=f"{patient}/{number}", blob="0", patient_id=f"{source}/{patient}"
    )


def _pairs(numbers: Iterable[int], kind: str = "undecided") -> list[Pair]:
    return [Pair(a=f"ct/DCM2/{i}", b=f"ct/DCM3/{i}", kind=kind) for i in numbers]  # type: ignore[arg-type]


ROWS = [_row("DCM2", i) for i in range(40)] + [_row("DCM3", i) for i in range(36)]


def test_hundreds_of_pairs_between_two_patients_are_one_question() -> None:
    pairs = _pairs(range(20)) + _pairs(range(20, 36), "reencoded")
    [question] = questions(alike(ROWS, pairs))
    assert question.kind == "patients_alike"
    assert question.what.startswith(
        "patients DCM2 and DCM3 look like one: 36 of the 36 pictures of the one with fewer"
    )


def test_a_few_copies_do_not_make_two_patients_one() -> None:
    assert alike(ROWS, _pairs(range(17))) == []
    assert alike(ROWS[:4] + ROWS[40:44], _pairs(range(4))) == []


def test_one_patient_with_himself_and_patients_of_two_sources_are_no_question() -> None:
    own = [Pair(a=f"ct/DCM2/{i}", b=f"ct/DCM2/{i + 20}", kind="resized") for i in range(20)]
    others = [_row("DCM2", i, "x") for i in range(40)]
    across = [Pair(a=f"ct/DCM2/{i}", b=f"x/DCM2/{i}", kind="bytes") for i in range(40)]
    assert alike([*ROWS, *others], [*own, *across]) == []
