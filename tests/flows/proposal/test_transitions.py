"""Relabelled images stand as groups before any list of them."""

from dataclasses import replace

from covid19_images.manifest.record import Record
from covid19_images.manifest.table import Change
from flows.proposal import page
from flows.proposal.section import source_section
from flows.proposal.transitions import transitions
from tests.flows.proposal.small_night import CHANGES, row


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


def test_what_a_group_says_whole_is_not_said_again() -> None:
    """Nor are a source's own words, where the finding they are translated to changed with them."""
    rows = [row("journal", f"{n}.png", finding=("SARS",), finding_raw="sars") for n in range(4)]
    changed = [Change(r, replace(r, finding=("ARDS",), finding_raw="ards")) for r in rows]
    [other] = [Change(rows[3], replace(rows[3], sex="F", finding=("ARDS",), finding_raw="ards"))]
    few = replace(CHANGES[0], relabelled=(*changed[:2], other))
    words = source_section(few, level=2)
    assert "- finding: `SARS` → `ARDS`: 3 images, `0.png`, `1.png`, `3.png`\n" in words
    assert "- 3 images: finding 3, sex 1\n" in words
    assert words.count("`0.png`") == words.count("`1.png`") == 1
    assert "- `3.png`: finding `SARS` → `ARDS`, sex `not stated` → `F`" in words
    only_raw = Change(rows[0], replace(rows[0], finding_raw="SARS-CoV"))
    words = source_section(replace(CHANGES[0], relabelled=(only_raw,)), level=2)
    assert "- `0.png`: finding_raw `sars` → `SARS-CoV`" in words


def test_the_page_has_them_as_a_table() -> None:
    change = replace(CHANGES[0], relabelled=tuple(MANY))
    drawn = page.render("x", [change], [], [], ())
    assert '<td>SARS</td><td>COVID-19</td><td class="n">208</td>' in drawn
    assert "MERS" not in drawn.split("What changed into what")[1].split("</table>")[0]
