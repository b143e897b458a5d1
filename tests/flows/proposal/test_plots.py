"""The plots: what they draw is what the collection holds."""

import datetime as dt
import re

from hypothesis import given
from hypothesis import strategies as st

from flows.proposal.page.plots import growth, heatmap
from tests.flows.proposal.small_night import row

_DATES = st.none() | st.dates(dt.date(2019, 11, 1), dt.date(2026, 12, 31))
_WORDS = st.lists(st.sampled_from(["COVID-19", "SARS", "No finding"]), unique=True, max_size=2)
_ROWS = st.lists(st.tuples(st.sampled_from(["a", "b"]), _WORDS, _DATES), max_size=40).map(
    lambda drawn: [
        row(source, f"{n}.png", finding=tuple(words), first_seen=date)
        for n, (source, words, date) in enumerate(drawn)
    ]
)


@given(_ROWS)
def test_growth_ends_at_all_dated_images_and_never_falls(records):
    drawn = growth(records)
    counts = [images for _, images in drawn.months]
    assert counts == sorted(counts)
    assert (counts[-1] if counts else 0) + drawn.undated == len(records)
    heights = [float(y) for y in re.findall(r"V([\d.]+)", drawn.line)]
    assert heights == sorted(heights, reverse=True)
    assert all(0 <= y <= 1000 for y in heights)


def test_a_month_without_images_is_a_step_of_its_own() -> None:
    days = [dt.date(2020, 1, 30), dt.date(2020, 3, 1), dt.date(2020, 3, 31)]
    drawn = growth([row("a", f"{n}.png", first_seen=day) for n, day in enumerate(days)])
    assert drawn.months == (("2020-01", 1), ("2020-02", 1), ("2020-03", 3))


@given(_ROWS)
def test_the_heatmap_counts_every_finding_of_every_image(records):
    drawn = heatmap(records)
    assert sum(images for _, images in drawn.sources) == len(records)
    for word, images, cells in drawn.rows:
        assert sum(cell.images for cell in cells) == images, word
        assert all((cell.shade > 0) == (cell.images > 0) for cell in cells)
    everything = [word for record in records for word in record.finding or ["not stated"]]
    assert sum(images for _, images, _ in drawn.rows) == len(everything)
