"""A radiograph that is a negative is found by its picture, and no other is."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from covid19_images.checks.negatives import negatives
from covid19_images.manifest.record import Record
from flows.demo.radiograph import radiograph


@cache
def drawn(seed: int) -> NDArray[np.uint8]:
    return radiograph(seed, size=(120, 110))


def rows(count: int, **cells: object) -> list[Record]:
    plain = {"source": "set", "modality": "XR"} | cells
    return [Record(path=f"{n:02}.png", blob=f"{n:040x}", **plain) for n in range(count)]  # type: ignore[arg-type]


def found(negative: set[int], count: int = 30, **cells: object) -> list[str]:
    pictures = {f"{n:040x}": 255 - drawn(n) if n in negative else drawn(n) for n in range(count)}
    return [one.key for one in negatives(rows(count, **cells), pictures)]


def test_each_negative_is_named_and_nothing_else() -> None:
    assert found(set()) == []
    assert set(found({3, 6, 17})) == {"set/03.png", "set/06.png", "set/17.png"}


def test_nothing_is_said_of_few_pictures_of_other_kinds_or_of_pictures_that_are_not_here() -> None:
    assert found({3}, count=12) == []
    assert found({3}, modality="CT") == []
    assert found({3}, view="LATERAL") == []
    assert negatives(rows(30), {}) == []


def test_the_order_of_rows_does_not_matter() -> None:
    pictures = {f"{n:040x}": 255 - drawn(n) if n == 4 else drawn(n) for n in range(30)}
    assert negatives(rows(30)[::-1], pictures) == negatives(rows(30), pictures)
