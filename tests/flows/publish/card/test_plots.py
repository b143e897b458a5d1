"""The plots of the data card: the same numbers, the same bytes, and no title is cut off."""

from pathlib import Path

import pytest
from matplotlib.text import Text

from covid19_images.release.index import Growth
from flows.publish.card import plots
from tests.flows.proposal.small_night import row


def test_the_same_numbers_give_the_same_bytes_and_every_file_is_named(tmp_path: Path) -> None:
    records = [row("a", "1.png", finding=("COVID-19",)), row("b", "2.png", modality="CT")]
    history = [Growth(version="2026.11.23", shipped=2, pointers=1)]
    for folder in (tmp_path / "one", tmp_path / "two"):
        folder.mkdir()
        names = plots.write(folder, "growth", plots.growth(history))
        names += plots.write(folder, "sources", plots.by_source(records))
        names += plots.write(folder, "copies", plots.duplicates({("a", "a"): 3}, ["a"]))
    one, two = (
        {f.name: f.read_bytes() for f in (tmp_path / at).iterdir()} for at in ("one", "two")
    )
    assert sorted(one) == sorted(names)
    assert len(one) == 6
    assert one == two


@pytest.mark.parametrize("count", [1, 2, 6])
def test_the_title_of_the_matrix_of_copies_is_whole(count: int) -> None:
    sources = [f"covid-chestxray-{at}" for at in range(count)]
    figure = plots.duplicates({(a, b): 12 for a in sources for b in sources}, sources)
    figure.canvas.draw()
    [title] = figure.findobj(lambda one: isinstance(one, Text) and "copy" in one.get_text())
    place = title.get_window_extent()
    assert place.x0 >= 0
    assert place.x1 <= figure.bbox.width
