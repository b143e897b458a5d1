"""Write volumes with their masks to a folder as MONAI, TorchIO or nnU-Net read them.

    organize_volumes(volumes(select("ct"), masks="lung"), Path("out"), layout="nnunet")

Values stay in the volume's units; every file is NIfTI in canonical orientation.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from covid19_images.dataset.arguments import SelectionError, one_of
from covid19_images.dataset.organize import card
from covid19_images.dataset.organize.claim import claim
from covid19_images.dataset.volume_item import VolumeItem
from covid19_images.dataset.volumes import VolumeSelection
from covid19_images.images.write_nifti import write_nifti
from covid19_images.manifest import whole
from covid19_images.manifest.inside import below

_TRAIN, _TEST = ("train", "validation"), "test"
_Names = Callable[[str, str], tuple[str, str]]


def _nnunet(case: str, split: str) -> tuple[str, str]:
    end = "Ts" if split == _TEST else "Tr"
    return f"images{end}/{case}_0000.nii.gz", f"labels{end}/{case}.nii.gz"


def _torchio(case: str, split: str) -> tuple[str, str]:
    return f"{split}/{case}/image.nii.gz", f"{split}/{case}/label.nii.gz"


def _monai(case: str, split: str) -> tuple[str, str]:
    del split
    return f"images/{case}.nii.gz", f"labels/{case}.nii.gz"


LAYOUTS: Mapping[str, _Names] = {"monai": _monai, "torchio": _torchio, "nnunet": _nnunet}
"""Where image and label of a case go, by the name that users choose a layout by."""


def organize_volumes(chosen: VolumeSelection, folder: Path, layout: str) -> None:
    """Write volumes, their labels, what lists them, and the card with sources and licences.

    A label is 0, or the number of the class of masks, from 1 in the order of `chosen.masks`; where
    several cover a voxel, the last one counts. What is there is not written again.

    Args:
        chosen: What to write, with masks.
        folder: Where to.
        layout: `monai` (`dataset.json`), `torchio` (a folder for each subject) or `nnunet`
            (version 2; validation is trained on, because nnU-Net parts its training set itself).

    Raises:
        SelectionError: There is no such layout, or no mask was asked for.
        OrganizeError: The folder holds something else, or cannot be written.
    """
    names = LAYOUTS[one_of("layout", layout, tuple(LAYOUTS))]
    if not chosen.masks:
        raise SelectionError("A layout of volumes has labels: name masks, as masks='lung'.")
    if chosen.neighbours is not None:
        raise SelectionError("A layout of volumes has whole volumes: leave neighbours out.")
    claim(folder, _choice(chosen, layout))
    listed: dict[str, list[dict[str, str]]] = {}
    for at in range(len(chosen)):
        case, split = f"case{at:05d}", chosen.split(at)
        image, label = names(case, split)
        item = chosen[at]
        _write(item, below(folder, image), below(folder, label))
        listed.setdefault(split, []).append({"image": image, "label": label, "key": item.key})
    facts = _of_nnunet(chosen, listed) if layout == "nnunet" else _listed(chosen, listed)
    whole.write(below(folder, "dataset.json"), (json.dumps(facts, indent=1) + "\n").encode())
    card.write(chosen.pictures, folder, layout)


def _choice(chosen: VolumeSelection, layout: str) -> str:
    settings = {
        "schema": 1,
        "release": chosen.chosen.copy.version,
        "layout": layout,
        "masks": chosen.masks,
        "spacing_mm": chosen.spacing_mm,
        "window": chosen.window,
        "patch": chosen.patch,
        "seed": chosen.chosen.seed,
        "volumes": [f"{one.row.volume_id} {one.name}" for one in chosen.volumes],
    }
    return json.dumps(settings, indent=1) + "\n"


def _write(item: VolumeItem, image: Path, label: Path) -> None:
    if image.exists() and label.exists():
        return
    classes = np.zeros(item.image.shape, np.uint8)
    for number, mask in enumerate(item.mask, start=1):
        classes[mask > 0] = number
    whole.write(image, write_nifti(item.image, item.affine))
    whole.write(label, write_nifti(classes, item.affine))


def _listed(chosen: VolumeSelection, listed: Mapping[str, list[dict[str, str]]]) -> dict[str, Any]:
    """Return what MONAI's `load_decathlon_datalist` reads: a list for each split."""
    parts = {"training": "train", "validation": "validation", "test": "test"}
    return {
        "name": "covid19-images",
        "release": chosen.chosen.copy.version,
        "labels": {"0": "background"} | {str(n + 1): m for n, m in enumerate(chosen.masks)},
    } | {name: listed[split] for name, split in parts.items() if split in listed}


def _of_nnunet(
    chosen: VolumeSelection, listed: Mapping[str, list[dict[str, str]]]
) -> dict[str, Any]:
    return {
        "channel_names": {"0": "CT"},
        "labels": {"background": 0} | {mask: n for n, mask in enumerate(chosen.masks, start=1)},
        "numTraining": sum(len(listed.get(split, ())) for split in _TRAIN),
        "file_ending": ".nii.gz",
        "release": chosen.chosen.copy.version,
    }
