"""A release names new conflicts, decisions and owners' corrections in its CHANGES.md."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

from covid19_images.release.row import Row
from flows.config.decisions import Decisions, Finding
from flows.publish.card.disputes import of_rows
from flows.publish.disputed import section
from tests.covid19_images.manifest.statements.test_suspects import row

COVID, WELL = ("COVID-19",), ("No finding",)
_CONFLICT = (
    "- finding: `merge/1` states `COVID-19`, `owner/1` `No finding`; `No finding` counts (`owner`)"
)
_CORRECTED = (
    "- finding: `owner/1` from `COVID-19` to `No finding`; its copy `merge/1` states `COVID-19`"
)


def rows(owner: tuple[str, ...], copy: tuple[str, ...]) -> tuple[Row, ...]:
    place: dict[str, Any] = {"duplicate_of": "owner/1", "duplicate_kind": "resized"}
    records = row("owner", "1", finding=owner), row("merge", "1", finding=copy, **place)
    return tuple(
        Row(record=one, commit="0" * 40, added_in="2026.11.16", changed_in="2026.11.16")
        for one in records
    )


def text(now: tuple[Row, ...], before: tuple[Row, ...], *findings: Finding) -> str:
    config: Any = SimpleNamespace(
        order={"owner": 1, "merge": 2}, decisions=Decisions(finding=findings)
    )
    previous: Any = SimpleNamespace(rows=before, index=SimpleNamespace(version="2026.11.16"))
    context: Any = SimpleNamespace(config=config, base=SimpleNamespace(records={}, pairs=()))
    found = of_rows(now, context, {}), of_rows(before, context, {})
    return section(now, found, previous, findings)


def decided(day: int) -> Finding:
    return Finding(image="owner/1", value="SARS", by="ada", date=dt.date(2026, 11, day))


def test_a_correction_that_a_copy_did_not_follow_is_a_new_conflict_and_says_what_it_was() -> None:
    assert text(rows(WELL, COVID), rows(COVID, COVID)).splitlines() == [
        "## New conflicts between copies: 1",
        "",
        _CONFLICT,
        "",
        "## Corrected by the owner, not by the copy: 1",
        "",
        _CORRECTED,
    ]


def test_what_stood_in_the_release_before_is_not_named_again() -> None:
    same = rows(WELL, COVID)
    assert text(same, same) == text(same, same, decided(9)) == ""


def test_a_decision_since_the_release_before_is_named_with_who_and_when() -> None:
    same = rows(WELL, COVID)
    assert text(same, same, decided(23)).splitlines() == [
        "## Decided by people: 1",
        "",
        "- finding: `owner/1` is `SARS` (`ada`, 2026-11-23)",
    ]


def test_a_conflict_between_pictures_of_the_first_release_is_new() -> None:
    assert "## New conflicts" in text(rows(WELL, COVID), ())
