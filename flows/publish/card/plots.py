"""The pictures of the data card. The same numbers give the same bytes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.ticker
import numpy as np
from matplotlib.figure import Figure

from covid19_images.manifest.record import Record
from covid19_images.release.index import Growth
from flows.collection.duplicates import Pair

# Okabe and Ito's colours, which people see apart with any eyes; grey is for what is left.
_COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#F0E442")
_COVID = "#D55E00"
_REST = "#BBBBBB"
_SORTS = {
    "XR": "X-ray",
    "CR": "X-ray",
    "DX": "X-ray",
    "CT": "CT",
    "OT": "other",
    None: "not stated",
}
_STYLE: dict[Any, Any] = {
    "svg.hashsalt": "covid19-images",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "figure.dpi": 120,
}


def write(folder: Path, stem: str, figure: Figure) -> list[str]:
    """Write a figure as SVG and PNG, and name both."""
    with mpl.rc_context(_STYLE):
        figure.savefig(folder / f"{stem}.svg", metadata={"Date": None, "Creator": None})
        figure.savefig(folder / f"{stem}.png", metadata={"Software": None})
    return [f"{stem}.png", f"{stem}.svg"]


def _figure(width: float, height: float) -> Figure:
    with mpl.rc_context(_STYLE):
        return Figure(figsize=(width, height), layout="constrained")


def sort_of(record: Record) -> str:
    """Return what kind of picture a row is: X-ray, CT, other, not stated."""
    return _SORTS[record.modality]


def finding_of(record: Record) -> str:
    """Return a row's first finding."""
    return record.finding[0] if record.finding else "not stated"


def by_source(records: Sequence[Record]) -> Figure:
    """Draw images by source, finding and kind of picture: one panel a kind."""
    sources = sorted({r.source for r in records}, reverse=True)
    kinds = [
        kind
        for kind in ("X-ray", "CT", "other", "not stated")
        if any(sort_of(r) == kind for r in records)
    ]
    counts = Counter((sort_of(r), r.source, finding_of(r)) for r in records)
    common = Counter(finding_of(r) for r in records if r.finding).most_common(len(_COLOURS))
    named = [finding for finding, _ in sorted(common, key=lambda item: (-item[1], item[0]))]
    figure = _figure(8.5, 1.6 + 0.42 * len(sources))
    with mpl.rc_context(_STYLE):
        axes = figure.subplots(1, max(len(kinds), 1), sharey=True, squeeze=False)[0]
        for axis, kind in zip(axes, kinds, strict=False):
            left = np.zeros(len(sources))
            for finding, colour in _painted(named):
                sizes = np.array(
                    [
                        sum(
                            n
                            for (k, s, f), n in counts.items()
                            if k == kind and s == source and _is(f, finding, named)
                        )
                        for source in sources
                    ]
                )
                label = finding or "other or not stated"
                axis.barh(sources, sizes, left=left, color=colour, label=label)
                left += sizes
            for place, total in enumerate(left):
                if total:
                    axis.text(total, place, f" {int(total):,}", va="center", fontsize=8)
            axis.set_title(kind)
            axis.set_xlabel("images")
            axis.set_xlim(0, 1.25 * max(1, left.max()))
            axis.xaxis.set_major_locator(mpl.ticker.MaxNLocator(4, integer=True))
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False)
    return figure


def _painted(named: Sequence[str]) -> list[tuple[str, str]]:
    """Return a colour for each finding: COVID-19 always has the same one, which no other has."""
    others = iter(_COLOURS)
    colours = [(name, _COVID if name == "COVID-19" else next(others)) for name in named]
    return [*colours, ("", _REST)]


def _is(finding: str, wanted: str, named: Sequence[str]) -> bool:
    return finding == wanted if wanted else finding not in named


def growth(history: Sequence[Growth]) -> Figure:
    """Draw how many images each release had."""
    figure = _figure(7, 3)
    with mpl.rc_context(_STYLE):
        axis = figure.subplots()
        places = np.arange(len(history))
        shipped = np.array([one.shipped for one in history])
        pointers = np.array([one.pointers for one in history])
        axis.bar(places, shipped, color=_COLOURS[0], label="in the release", width=0.6)
        axis.bar(
            places, pointers, bottom=shipped, color=_REST, label="to fetch from owners", width=0.6
        )
        for place, total in enumerate(shipped + pointers):
            axis.text(place, total, f"{total:,}", ha="center", va="bottom", fontsize=8)
        axis.set_ylim(0, 1.15 * max([1, *(shipped + pointers)]))
        step = -(-len(history) // 12)
        axis.set_xticks(places[::step], [one.version for one in history][::step], rotation=30)
        axis.set_xlim(-1, max(len(history), 4))
        axis.set_ylabel("images")
        axis.set_title("Growth over releases")
        axis.yaxis.set_major_locator(mpl.ticker.MaxNLocator(5, integer=True))
        figure.legend(loc="outside lower center", ncols=2, frameon=False)
    return figure


def overlap(pairs: Sequence[Pair], sources: Sequence[str]) -> Mapping[tuple[str, str], int]:
    """Count the pictures of a source (first) that another one (second) has a copy of."""
    seen: dict[tuple[str, str], set[str]] = {}
    for pair in pairs:
        if pair.kind == "undecided":
            continue
        for one, other in ((pair.a, pair.b), (pair.b, pair.a)):
            key = (one.partition("/")[0], other.partition("/")[0])
            seen.setdefault(key, set()).add(one)
    return {(a, b): len(seen.get((a, b), ())) for a in sources for b in sources}


def duplicates(counts: Mapping[tuple[str, str], int], sources: Sequence[str]) -> Figure:
    """Draw the copies between sources as a matrix with its numbers."""
    side = 2.6 + 0.75 * len(sources)
    figure = _figure(side + 1.5, side)
    with mpl.rc_context(_STYLE):
        axis = figure.subplots()
        matrix = np.array([[counts[a, b] for b in sources] for a in sources], float)
        brightest = max(np.log1p(matrix.max()), 1) * 1.2
        axis.imshow(np.log1p(matrix), cmap="Blues", vmin=0, vmax=brightest)
        for (row, column), number in np.ndenumerate(matrix):
            dark = np.log1p(number) > 0.75 * np.log1p(matrix.max())
            axis.text(
                column,
                row,
                f"{int(number):,}" if number else "·",
                ha="center",
                va="center",
                color="white" if dark and number else "#333333",
            )
        axis.set_xticks(range(len(sources)), sources, rotation=35, ha="right")
        axis.set_yticks(range(len(sources)), sources)
        axis.tick_params(length=0)
        for spine in axis.spines.values():
            spine.set_visible(False)
        axis.set_title("Images of a row's source\nwith a copy in a column's source")
    return figure
