"""Before and after: the changed spot shows, and nothing else."""

import numpy as np
from PIL import Image, ImageDraw

from flows.night.plan.previews.thumbnails import encoded
from flows.proposal.sheets.cells import opened
from flows.proposal.sheets.difference import difference
from tests.support.pictures import picture


def stored(image: Image.Image) -> Image.Image:
    """Return a picture as it comes out of a thumbnail."""
    found = opened(encoded(image))
    assert found is not None
    return found


def red(drawn: Image.Image) -> np.ndarray:
    levels = np.asarray(drawn, int)
    return levels[..., 0] - levels[..., 1] > 60


def test_the_changed_spot_is_red_and_the_rest_is_not() -> None:
    before, after = picture(1, size=(256, 200)), picture(1, size=(256, 200))
    ImageDraw.Draw(after).rectangle((100, 50, 139, 79), fill=255)
    drawn, words = difference(stored(before), stored(after))
    assert drawn is not None
    spot = red(drawn)[50:80, 100:140]
    assert spot.mean() > 0.7
    assert red(drawn).sum() - spot.sum() < 60
    share = 40 * 30 / (256 * 200) * 100
    assert share - 1.2 < float(words.split()[0]) < share + 0.4


def test_a_picture_that_was_only_compressed_again_shows_nothing() -> None:
    drawn, words = difference(stored(picture(2)), stored(picture(2)))
    assert drawn is not None
    assert not red(drawn).any()
    assert words == "nothing to see at this size"


def test_another_size_of_one_shape_can_be_compared() -> None:
    drawn, _ = difference(stored(picture(3, size=(200, 160))), stored(picture(3, size=(250, 200))))
    assert drawn is not None
    assert drawn.size == (250, 200)
    assert red(drawn).mean() < 0.01


def test_what_cannot_be_compared_is_said() -> None:
    wide, tall = stored(picture(4, size=(200, 100))), stored(picture(4, size=(100, 200)))
    assert difference(wide, tall) == (None, "another shape")
    assert difference(None, tall) == (None, "cannot be compared")
