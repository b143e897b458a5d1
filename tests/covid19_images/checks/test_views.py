"""A view that the picture contradicts is named, and nothing is where all agree."""

import numpy as np
import pytest
from numpy.typing import NDArray

from covid19_images.checks.views import contradicted
from covid19_images.manifest.record import Record


def _picture(seed: int, *, lateral: bool) -> NDArray[np.uint8]:
    """Draw two dark halves with light between, or a dark front and a light back."""
    grey = np.random.default_rng(seed).integers(150, 200, (64, 64)).astype(np.uint8)
    grey[8:56, 6 : 40 if lateral else 26] //= 4
    if not lateral:
        grey[8:56, 38:58] //= 4
    return grey


def _rows(wrong: int | None = None) -> tuple[list[Record], dict[str, NDArray[np.uint8]]]:
    rows, pictures = [], {}
    for at in range(24):
        is_lateral = at % 3 == 0
        view = "LATERAL" if is_lateral != (at == wrong) else "PA"
        row = Record(source="set", path=f"{at:02}.png", blob=f"{at:040}", modality="XR", view=view)
        rows.append(row)
        pictures[row.blob] = _picture(at, lateral=is_lateral)
    return rows, pictures


@pytest.mark.parametrize(("wrong", "view"), [(3, "PA"), (7, "LATERAL")])
def test_a_view_that_the_picture_contradicts_is_named_and_no_other(wrong: int, view: str) -> None:
    [found] = contradicted(*_rows(wrong))
    assert (found.key, found.view) == (f"set/{wrong:02}.png", view)


def test_nothing_is_named_where_all_agree_or_little_is_known() -> None:
    rows, pictures = _rows()
    assert contradicted(rows, pictures) == []
    assert contradicted(_rows(3)[0][:9], pictures) == []
    assert contradicted(_rows(3)[0], {}) == []
