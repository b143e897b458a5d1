"""A night of ten sources and 2,600 new images, each with a picture: what paging is for."""

import dataclasses
import datetime as dt
import io

from PIL import Image

from covid19_images.manifest.record import Record
from covid19_images.manifest.table import Change
from flows.demo.radiograph import radiograph
from flows.proposal import page
from flows.proposal.changes import SourceChange, headline
from flows.proposal.pictures import Pictures, Thumbnail
from flows.upstream.outcome import Advanced
from tests.flows.proposal.small_night import row, source

SOURCES = (
    "clinic-a", "clinic-b", "clinic-c", "figures", "hospital-north",
    "hospital-south", "journal", "preprints", "teaching-set", "university",
)  # fmt: skip
_FINDINGS = (("COVID-19",), ("No finding",), ("Pneumonia", "COVID-19"), ("SARS",))
_DISTINCT = 24  # drawings; each stands for many pictures


def _drawn(seed: int) -> Thumbnail:
    """Draw a radiograph as large, and about as heavy, as those that a night draws."""
    out = io.BytesIO()
    Image.fromarray(radiograph(seed, size=(256, 256))).save(out, "WEBP", quality=70)
    return Thumbnail(out.getvalue(), 256, 256)


def _rows(name: str, images: int, first: int) -> list[Record]:
    return [
        row(
            name,
            f"images/2020/{name}-{n:05}.png",
            blob=f"{first + n:040x}",
            view=("PA", "AP")[n % 2],
            finding=_FINDINGS[n % len(_FINDINGS)],
            first_seen=dt.date(2020, 1 + n % 12, 3),
        )
        for n in range(images)
    ]


def html(images: int = 260, *, relabelled: int = 30) -> str:
    """Draw the page; in each source so many images are new, and some others relabelled."""
    drawn = [_drawn(seed) for seed in range(_DISTINCT)]
    changes, records, thumbnails = [], [], {}
    for number, name in enumerate(SOURCES):
        rows = _rows(name, images + relabelled, number * 10_000)
        records += rows
        thumbnails |= {r.blob: drawn[n % _DISTINCT] for n, r in enumerate(rows[:images])}
        changed = [Change(dataclasses.replace(r, finding=("MERS",)), r) for r in rows[images:]]
        changes.append(
            SourceChange(
                source=source(name),
                outcome=Advanced("a" * 40, "b" * 40),
                old="a" * 40,
                new="b" * 40,
                images=len(rows),
                added=tuple(rows[:images]),
                relabelled=tuple(changed),
            )
        )
    return page.render(headline(changes), changes, records, [], (), pictures=Pictures(thumbnails))
