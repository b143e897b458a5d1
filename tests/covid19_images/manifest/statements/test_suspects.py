"""Candidates for wrong labels are ranked with their reasons."""

from covid19_images.manifest.record import Record
from covid19_images.manifest.statements.conflicts import conflicts
from covid19_images.manifest.statements.suspects import suspects


def row(source: str, path: str, **cells: object) -> Record:
    plain = {"blob": "0" * 40, "status": "active"}
    return Record(source=source, path=path, **(plain | cells))  # type: ignore[arg-type]


def test_the_copy_that_contradicts_its_owner_comes_first_and_says_why() -> None:
    rows = [
        row("owner", "a.png", finding=("COVID-19",), view="PA"),
        row(
            "copies",
            "a.png",
            finding=("No finding",),
            view="LATERAL",
            duplicate_of="owner/a.png",
            duplicate_kind="resized",
        ),
        *(row("set", f"{at}.png", patient_id="set/1", sex="F") for at in range(3)),
        row("set", "9.png", patient_id="set/1", sex="M", age_min=70, age_max=70),
        row("set", "8.png", patient_id="set/1", sex="F", age_min=30, age_max=30),
    ]
    found = suspects(rows, conflicts(rows, {"owner": 1, "copies": 2, "set": 3}))
    assert [(one.key, one.weight) for one in found] == [
        ("copies/a.png", 8),
        ("set/9.png", 4),
        ("set/8.png", 2),
    ]
    assert found[0].reasons == (
        "finding is No finding, and COVID-19 in its copy owner/a.png",
        "view is LATERAL, and PA in its copy owner/a.png",
    )
    assert "sex is M; pictures of set/1: F 4, M 1" in found[1].reasons


def test_both_sides_are_named_where_nobody_can_tell_and_nobody_where_all_agree() -> None:
    same = {"image_id": "c19-0000000000000001"}
    a = row("set", "a.png", finding=("SARS",), **same)
    b = row("set", "b.png", finding=("COVID-19",), **same)
    found = suspects([a, b], conflicts([a, b], {"set": 1}))
    assert {one.key for one in found} == {"set/a.png", "set/b.png"}
    assert suspects([a], conflicts([a], {"set": 1})) == []
