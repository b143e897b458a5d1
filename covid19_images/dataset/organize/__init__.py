"""Write a selection to a folder that any library reads: train, validation and test, free of leaks.

    organize(select("xray", root=copy), Path("out"), layout="imagefolder")

The layouts: `pictures` (class folders, or one folder and tables), `parquet` (Hugging Face) and
`tars` (WebDataset). Pictures are always 8-bit grey PNG: many readers show 16 bits as white.
"""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from covid19_images.dataset.organize import card, folders, parquet, webdataset
from covid19_images.dataset.organize.claim import MARKER, OrganizeError, claim
from covid19_images.dataset.selection import Selection
from covid19_images.download.squares import Say, quiet
from covid19_images.manifest import identifiers, whole

LAYOUTS: dict[str, Callable[..., None]] = {
    "imagefolder": folders.write_class_folders,
    "huggingface": parquet.write,
    "webdataset": webdataset.write,
    "csv": folders.write_one_folder,
}
"""Every layout by the name that users choose it by: the one place that a new one is added to."""


def organize(
    chosen: Selection,
    folder: Path,
    layout: str,
    *,
    link: bool = False,
    say: Say = quiet,
) -> None:
    """Write pictures and tables; one that was interrupted goes on where it stopped.

    Args:
        chosen: What to write.
        folder: Where to; new, empty, or one that was begun with the same choice.
        layout: One of `LAYOUTS`.
        link: Link picture files to one shared store in the local copy instead of copying them;
            both have to be on one disk.
        say: Called with the progress.

    Raises:
        OrganizeError: The folder holds something else, or there is no such layout.
    """
    if layout not in LAYOUTS:
        names = ", ".join(LAYOUTS)
        raise OrganizeError(f"There is no layout {layout!r}; there are {names}.")
    for record in chosen.records:  # they become names of files and of members
        for name in identifiers.odd(asdict(record)):
            raise OrganizeError(
                f"{name} of {record.key[:200]!r} is {str(getattr(record, name))[:200]!r}, which is "
                f"no {name}. Nothing was written."
            )
    claim(folder, _choice(chosen, layout))
    try:
        for part in folder.rglob(f".*{whole.PART}"):  # of a run that was killed
            part.unlink()
        LAYOUTS[layout](chosen.prepared(), folder, say, link=link)
        card.write(chosen, folder, layout)
    except OSError as error:
        raise OrganizeError(
            f"{folder} is not finished: {error}. What is written is whole; the same command goes "
            "on from there."
        ) from None


def _choice(chosen: Selection, layout: str) -> str:
    settings = {
        "schema": 1,
        "release": chosen.copy.version,
        "layout": layout,
        "label": chosen.label.name,
        "classes": chosen.classes,
        "size": chosen.size,
        "images": [f"{r.image_id} {r.split} {r.key}" for r in chosen.records],
    }
    return json.dumps(settings, indent=1) + "\n"


__all__ = ["LAYOUTS", "MARKER", "OrganizeError", "organize"]
