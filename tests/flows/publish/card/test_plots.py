"""The plots of the data card: nothing of a title is cut off, however few sources there are."""

import pytest
from matplotlib.text import Text

from flows.publish.card import plots


@pytest.mark.parametrize("count", [1, 2, 6])
def test_the_title_of_the_matrix_of_copies_is_whole(count: int) -> None:
    sources = [f"covid-chestxray-{at}" for at in range(count)]
    figure = plots.duplicates({(a, b): 12 for a in sources for b in sources}, sources)
    figure.canvas.draw()
    [title] = figure.findobj(lambda one: isinstance(one, Text) and "copy" in one.get_text())
    place = title.get_window_extent()
    assert place.x0 >= 0
    assert place.x1 <= figure.bbox.width
