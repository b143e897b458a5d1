"""Masks are recognised by names, wherever they lie, and pictures are not taken for them."""

import re
from collections.abc import Sequence

import pytest

from flows.onboarding import masks
from flows.onboarding.sort import sort


@pytest.mark.parametrize(
    ("paths", "images"),
    [
        (["dataset/tr_im.nii", "dataset/tr_mask.nii", "dataset/val_im.nii"], [0, 2]),
        (["a/1.png", "a/1_mask.png", "a/2.png", "a/2-seg.png"], [0, 2]),
        (["a/image_1.png", "a/mask_1.png"], [0]),
        (["P1/ct.nii.gz", "P1/lung_mask.nii.gz", "P1/infection_mask.nii.gz"], [0]),
        (["a/ct_scan/1.nii", "a/lung_mask/1.nii", "a/lung_and_infection_mask/1.nii"], [0]),
        (["a/weight.png", "a/right.png", "a/unmasked.png", "a/seg.png"], [0, 1, 2, 3]),
        (["covid-seg-dataset/images/1.png", "covid-seg-dataset/masks/1.png"], [0]),
        (["models/xrays/1.png", "models/xrays/2.png"], [0, 1]),
    ],
)
def test_pictures_are_those_that_no_name_calls_masks(
    paths: Sequence[str], images: Sequence[int]
) -> None:
    assert sort(paths, {}).images == sorted(paths[number] for number in images)


def test_masks_below_many_folders_are_one_line() -> None:
    paths = [f"cases/P{n}/{name}.png" for n in range(9) for name in ("ct", "masks/a", "ct_mask")]
    found = sort(paths, {})
    assert len(found.images) == 9
    assert [(one.pattern, one.why) for one in found.aside] == [
        ("/cases/**/*_mask.png", "masks, by the files' names (9 files)"),
        ("/cases/**/masks/", "masks, by the folder's name (9 files)"),
    ]


@pytest.mark.parametrize(
    ("images", "outlines"),
    [
        (["x/img/1.png", "x/img/2.png"], ["x/LungMasks/1.png", "x/LungMasks/2.png"]),
        (["A/images/1.jpg", "B/images/1.jpg"], ["A/masks/1.png", "B/masks/1.png"]),
        (["ct/1.nii", "ct/2.nii"], ["masks/1.nii", "masks/2.nii"]),
        (["x/1.png", "x/2.png"], ["x/masks/1.png", "x/masks/2.png"]),
    ],
)
def test_masks_that_are_called_as_pictures_are_said_to_be_of_them(
    images: Sequence[str], outlines: Sequence[str]
) -> None:
    rules = list(masks.rules({path: path.rpartition("/")[0] for path in outlines}, images))
    of = {}
    for match, template, _ in rules:
        for path in outlines:
            if found := re.search(match, path):
                of[path] = template.format_map(found.groupdict())
    assert of == dict(zip(outlines, images, strict=True))


def test_masks_that_are_called_otherwise_are_said_to_be_of_nothing() -> None:
    assert not list(masks.rules({"m/a.png": "m", "m/b.png": "m"}, ["x/1.png", "x/2.png"]))
