"""Plots of the data card, drawn once: many releases of tests have the same numbers."""

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest
from matplotlib.figure import Figure

from covid19_images.manifest.record import Record
from flows.publish.card import plots
from flows.publish.card import write as card


@dataclass(frozen=True)
class _Asked:
    """A figure that is drawn only where nobody asked for the same before."""

    of: Hashable
    draw: Callable[[], Figure]


def _hashable(value: object) -> Hashable:
    if isinstance(value, dict):
        return tuple(sorted(value.items()))
    if isinstance(value, list | tuple):
        return tuple(_shown(one) if isinstance(one, Record) else one for one in value)
    return value  # type: ignore[return-value]


def _shown(record: Record) -> Hashable:
    """Return what the plot of sources shows of a row."""
    return record.source, record.modality, record.finding


@pytest.fixture(scope="session", autouse=True)
def plots_drawn_once() -> Iterator[None]:
    """Write the plot of the same numbers again without drawing it: that takes most of a release."""
    write, written = plots.write, dict[Hashable, dict[str, bytes]]()

    def asked(name: str) -> Callable[..., _Asked]:
        draw = getattr(plots, name)
        return lambda *calls: _Asked((name, *map(_hashable, calls)), lambda: draw(*calls))

    def write_asked(folder: Path, stem: str, figure: _Asked) -> list[str]:
        key = (stem, figure.of)
        if key not in written:
            names = write(folder, stem, figure.draw())
            written[key] = {name: (folder / name).read_bytes() for name in names}
        for name, content in written[key].items():
            (folder / name).write_bytes(content)
        return list(written[key])

    figures = {name: asked(name) for name in ("growth", "by_source", "duplicates")}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            card, "plots", SimpleNamespace(**vars(plots) | figures | {"write": write_asked})
        )
        yield
