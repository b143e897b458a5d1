"""See what one has: counts as a table, pictures as one sheet."""

from collections import Counter
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
import pandas as pd
from PIL import Image, ImageDraw

from covid19_images.dataset.arguments import whole_number, yes_or_no
from covid19_images.dataset.options import ModalityName, Options, Split
from covid19_images.dataset.parts import SIDES
from covid19_images.dataset.planes import sheet
from covid19_images.dataset.select import select
from covid19_images.dataset.selection import Selection
from covid19_images.dataset.volume_options import VolumeOptions, select_volumes

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

_GAP_PX, _TEXT_PX = 4, 26


def summary(
    modality: ModalityName | str = "all", split: Split = None, **options: Unpack[Options]
) -> pd.DataFrame:
    """Count images by source, class and split.

    Args:
        modality: `xray`, `ct`, `other` or `all`.
        split: `train`, `validation`, `test`, some, or a part of one; all three by default.
        options: See `covid19_images.dataset.select.select`.

    Returns:
        One row for each source and class, one column for each split, and sums.
    """
    return counts(select(modality, split, **options))


def counts(chosen: Selection) -> pd.DataFrame:
    """Count a selection by source, class and split."""
    images: Counter[tuple[str, str, str]] = Counter()
    for record in chosen.records:
        for word in chosen.label.words(record) or ["unknown"]:
            images[record.source, word, str(record.split)] += 1
    index = pd.MultiIndex.from_tuples(
        sorted({key[:2] for key in images}), names=["source", chosen.label.name]
    )
    columns = {s: [images[(*row, s)] for row in index] for s in SIDES if s in chosen.splits}
    table = pd.DataFrame(columns, index=index)
    return table.assign(all=table.sum(axis=1))


def montage(
    modality: ModalityName | str = "all",
    split: Split = None,
    *,
    rows: int = 4,
    columns: int = 8,
    tile: int = 128,
    volumes: bool = False,
    **options: Unpack[VolumeOptions],
) -> "Picture":
    """Lay images on one sheet, with class and source; drawn by `seed`, as many of each class.

    Args:
        modality: `xray`, `ct`, `other` or `all`.
        split: `train`, `validation`, `test`, some, or a part of one; all three by default.
        rows: Of the sheet.
        columns: Of the sheet.
        tile: Side of each picture on the sheet, in pixels.
        volumes: Show as many volumes as there are rows, by three planes, with masks as outlines.
        options: See `covid19_images.dataset.select.select`; with `volumes`, also
            `covid19_images.dataset.volume_options.select_volumes`.
    """
    for name, value in (("rows", rows), ("columns", columns), ("tile", tile)):
        whole_number(name, value, least=1)
    options.setdefault("cache", False)  # a few pictures of many
    if yes_or_no("volumes", volumes):
        found = select_volumes(modality, split, **options)
        return sheet((found[at] for at in range(min(rows, len(found)))), size=tile, gap=_GAP_PX)
    plain: Any = options  # `select` refuses what is of volumes only
    chosen = select(modality, split, **plain)
    return _sheet(chosen, _mixed(chosen, rows * columns), columns, tile)


def _mixed(chosen: Selection, count: int) -> list[int]:
    """Draw places so that classes take turns."""
    order = np.random.default_rng(chosen.seed).permutation(len(chosen)).tolist()
    turns: Counter[str] = Counter()
    ranked = []
    for at in order:
        word = next(iter(chosen.label.words(chosen.records[at])), "unknown")
        ranked.append((turns[word], word, at))
        turns[word] += 1
    return [at for _, _, at in sorted(ranked)[:count]]


def _sheet(chosen: Selection, places: list[int], columns: int, size: int) -> "Picture":
    step_x, step_y = size + _GAP_PX, size + _GAP_PX + _TEXT_PX
    deep = -(-len(places) // columns) * step_y
    sheet = Image.new("L", (columns * step_x - _GAP_PX, deep - _GAP_PX), 255)
    pen = ImageDraw.Draw(sheet)
    for number, at in enumerate(places):
        y, x = divmod(number, columns)
        picture = Image.fromarray(np.asarray(chosen.levels(at)))
        sheet.paste(picture.resize((size, size)), (x * step_x, y * step_y))
        record, below = chosen.records[at], (x * step_x, y * step_y + size)
        words = ", ".join(chosen.label.words(record)) or "unknown"
        lines = [text[: size // 6] for text in (words, record.source)]
        pen.multiline_text(below, "\n".join(lines), fill=0, spacing=1)
    return sheet
