"""A copy carries its owner's value where both cannot hold, and a person's before all."""

import datetime as dt
from collections.abc import Mapping

from covid19_images.manifest.record import Record
from covid19_images.manifest.statements.carried import carried
from covid19_images.manifest.statements.decided import DecidedFinding
from tests.covid19_images.manifest.statements.test_suspects import row

COVID, WELL = ("COVID-19",), ("No finding",)
NOBODY: Mapping[str, DecidedFinding] = {}


def copy_of(owner: str, key: str, **cells: object) -> Record:
    source, _, path = key.partition("/")
    return row(source, path, duplicate_of=owner, duplicate_kind="resized", **cells)


def test_a_copy_carries_what_its_owner_states_and_only_where_both_cannot_hold() -> None:
    rows = [
        row("owner", "1", finding=COVID, label_basis="rt_pcr", view="PA", age_min=45, age_max=45),
        copy_of("owner/1", "merge/1", finding=WELL, view="AP", age_min=40, age_max=49, sex="F"),
        copy_of("owner/1", "other/1", finding=("Pneumonia",)),
    ]
    [found] = carried(rows, NOBODY).values()
    assert (found.key, found.finding, found.label_basis) == ("merge/1", COVID, "rt_pcr")
    assert (found.view, found.age_min, found.age_max, found.sex) == ("PA", 40, 49, "F")


def test_nothing_is_carried_from_a_part_or_an_owner_who_contradicts_himself_or_is_silent() -> None:
    twice = copy_of("owner/1", "owner/2", finding=WELL)
    copy = copy_of("owner/1", "merge/1", finding=WELL)
    part = row("merge", "2", finding=WELL, duplicate_of="owner/1", duplicate_kind="part")
    owner = row("owner", "1", finding=COVID)
    assert carried([owner, twice, copy], NOBODY) == {}
    assert carried([owner, part], NOBODY) == {}
    assert carried([row("owner", "1"), copy], NOBODY) == {}


def test_a_persons_decision_counts_before_the_owner() -> None:
    rows = [row("owner", "1", finding=COVID), copy_of("owner/1", "merge/1", finding=WELL)]
    day = dt.date(2026, 11, 26)
    people = {
        one.key: DecidedFinding(key=one.key, finding=("SARS",), by="ada", date=day) for one in rows
    }
    assert {r.finding for r in carried(rows, people).values()} == {("SARS",)}
