"""Relabelled images stand as groups before any list of them."""

from dataclasses import replace

from covid19_images.manifest.record import Record
from covid19_images.manifest.table import Change
from flows.proposal import page
from flows.proposal.section import source_section
from flows.proposal.transitions import transitions
from tests.flows.proposal.small_night import CHANGES


def _relabelled(number: int, before: str, after: str) -> Change:
    row = Record(
        source="set", path=f"images/{number}.png", blob=f"{number:040x}", finding=(before,)
    )
    return Change(row, replace(row, finding=(after,), notes=f"other words {number}"))


MANY = [
    *(_relabelled(n, "SARS", "COVID-19") for n in range(100, 308)),
    *(_relabelled(n, "ARDS", "Pneumonia") for n in range(10, 15)),
    _relabelled(1, "MERS", "No finding"),
]


def test_what_changed_into_what_is_counted_most_images_first() -> None:
    found = transitions(MANY)
    assert [(t.column, t.before, t.after, len(t.paths)) for t in found] == [
        ("finding", "SARS", "COVID-19", 208),
        ("finding", "ARDS", "Pneumonia", 5),
    ]


def test_groups_stand_before_the_list_of_paths() -> None:
    change = replace(CHANGES[0], relabelled=tuple(MANY))
    lines = source_section(change, level=2).splitlines()
    at = next(i for i, line in enumerate(lines) if "`SARS` → `COVID-19`: 208 images" in line)
    assert "such as `images/100.png`, `images/101.png`, `images/102.png`" in lines[at]
    assert lines[at + 1].startswith("- finding: `ARDS` → `Pneumonia`: 5 images")
    assert lines[at + 2].startswith("- `images/100.png`: finding")


def test_the_page_has_them_as_a_table() -> None:
    change = replace(CHANGES[0], relabelled=tuple(MANY))
    drawn = page.render("x", [change], [], [], ())
    assert '<td>SARS</td><td>COVID-19</td><td class="n">208</td>' in drawn
    assert "MERS" not in drawn.split("What changed into what")[1].split("</table>")[0]
