"""Pairs of volumes stay in order, whatever their sources are called."""

from dataclasses import replace

import numpy as np

from covid19_images.manifest.volume import SliceRow, VolumeRow, files_sha256
from covid19_images.manifest.volume_pair import VolumePairRow
from flows.collection.volume_pairs import exchanged, renamed
from flows.collection.volumes import Volumes

PAIR = VolumePairRow(
    a="one/v.nii", b="two/w.nii", kind="flipped", affine="-1 0 0 127 0 2 0 0 0 0 0.5 -3"
)
FIGURE = VolumePairRow(a="two/w.nii", b="one/3.png", b_is="picture", kind="slice")


def _numbers(pair: VolumePairRow) -> list[float]:
    return [float(word) for word in str(pair.affine).split()]


def test_a_pair_whose_sides_change_places_leads_the_other_way() -> None:
    [pair] = renamed([PAIR], {"one": "zebra"})
    assert (pair.a, pair.b, pair.kept) == ("two/w.nii", "zebra/v.nii", "b")
    back = exchanged(pair)
    assert (back.kept, back.a) == ("a", "zebra/v.nii")
    np.testing.assert_allclose(_numbers(back), _numbers(PAIR), atol=1e-6)


def test_the_volume_of_a_picture_stays_the_first_side() -> None:
    assert renamed([FIGURE], {"one": "zebra"}) == [replace(FIGURE, b="zebra/3.png")]


def test_pairs_go_with_either_of_their_sources() -> None:
    rows = [
        VolumeRow(source=source, volume=name, files=1, files_sha256=files_sha256({name: "0" * 40}))
        for source, name in (("one", "v.nii"), ("two", "w.nii"))
    ]
    slices = [SliceRow(source=row.source, path=row.volume, volume=row.volume) for row in rows]
    volumes = Volumes(tuple(rows), tuple(slices), pairs=(PAIR,))
    assert volumes.of(["one"]).pairs == (PAIR,)
    assert volumes.without(["two"]).pairs == ()
    assert volumes.without(["three"]) == volumes
    again = volumes.without(["two"]).plus(volumes.of(["two"]))
    assert again == volumes
