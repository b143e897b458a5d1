"""Masks that were decoded are remembered, a bit for each voxel, up to a bound."""

import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from covid19_images.dataset.mask_memory import Bits, MaskMemory
from covid19_images.dataset.volume_options import select_volumes
from covid19_images.download import volumes as local
from tests.support import local_copy


@given(st.tuples(*[st.integers(1, 9)] * 3), st.integers(0, 99), st.data())
def test_any_slices_come_back_as_they_were(
    size: tuple[int, int, int], seed: int, data: st.DataObject
) -> None:
    mask = np.random.default_rng(seed).integers(0, 2, size).astype(np.uint8)
    first = data.draw(st.integers(0, size[2] - 1))
    end = data.draw(st.integers(first + 1, size[2]))
    np.testing.assert_array_equal(Bits.of(mask).slices(first, end), mask[..., first:end])


def test_what_was_asked_for_longest_ago_is_forgotten_first() -> None:
    made: list[str] = []

    def ask(memory: MaskMemory, name: str) -> None:
        def make() -> np.ndarray:  # type: ignore[type-arg]
            made.append(name)
            return np.ones((8, 8, 4), np.uint8)  # 32 bytes

        memory.get((name, "lung"), make)

    memory = MaskMemory(most_bytes=64)
    for name in "abacab":
        ask(memory, name)
    assert made == ["a", "b", "c", "b"]
    ask(pickle.loads(pickle.dumps(memory)), "a")
    assert made[-1] == "a"  # another process begins with nothing
    ask(MaskMemory(most_bytes=1), "larger than all")
    assert made[-1] == "larger than all"


@pytest.mark.parametrize("asked", [{"neighbours": 1}, {"patch": (9, 9, 5)}, {}])
def test_the_file_of_a_mask_is_decoded_once_for_a_volume(
    asked: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = []
    decode = local.mask
    monkeypatch.setattr(local, "mask", lambda copy, row: read.append(row) or decode(copy, row))
    copy = local_copy.make(tmp_path / "copy", count=0, ready=False, volumes=2)
    chosen = select_volumes("ct", masks="lung", root=copy.folder, **asked)  # type: ignore[arg-type]
    own = [chosen.item(at, draw=(n,)) for n in range(3) for at in range(len(chosen))]
    assert len(own) >= 6
    assert any(item.mask.any() for item in own)
    assert sorted(row.path for row in read) == ["0/lungs.nii.gz", "1/lungs.nii.gz"]
