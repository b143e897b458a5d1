"""A night with pictures: every kind of change, pairs to decide, and words that want to be code."""

import datetime as dt
import io
from collections.abc import Iterable
from dataclasses import replace

from covid19_images.manifest.record import Record
from covid19_images.manifest.table import Change
from flows.collection.duplicates import Pair
from flows.proposal import page
from flows.proposal.changes import NewDuplicate, SourceChange, headline
from flows.proposal.pictures import PairPictures, Pictures, Thumbnail
from flows.upstream.outcome import Advanced
from tests.flows.proposal.small_night import FOLDERS, JOURNAL, PROBLEMS, row
from tests.support.pictures import picture

NASTY = 'images/</script><b onclick="x">\'\\\u202e\r\n/sync rebuild\x7f.png'


def thumbnail(seed: int, *, side: int = 64) -> Thumbnail:
    """Draw a small picture."""
    out = io.BytesIO()
    picture(seed, size=(side, side)).convert("L").save(out, "WEBP", quality=50)
    return Thumbnail(out.getvalue(), side, side)


def _blob(seed: int) -> str:
    return f"{seed:040x}"


def _seeded(name: str, path: str, seed: int, **cells: object) -> Record:
    day = dt.date(2020, 1 + seed % 5, 3)
    return row(name, path, blob=_blob(seed), first_seen=day, **cells)


NEW = [
    _seeded("journal", f"images/{n}.png", n, view="PA", finding=(("COVID-19", "SARS")[n % 2],))
    for n in range(1, 7)
]
EDITED = _seeded("folders", "train/edited.png", 8, finding=("No finding",))
COPIES = [
    _seeded("folders", "train/1.jpeg", 11),
    _seeded("folders", "train/2.jpeg", 12, finding=()),
    _seeded("folders", NASTY, 13, image_id="c19-00000000000000aa"),
]
OLD = replace(EDITED, blob=_blob(7))
GONE = _seeded("journal", "images/gone.png", 9)
RELABELLED = replace(NEW[5], path="images/again.png", sex="F")


def _found(n: int, kind: str) -> NewDuplicate:
    copy = COPIES[n]
    original = replace(NEW[n], image_id=f"c19-{n:016x}")
    return NewDuplicate(copy.key, original.key, Pair(a=copy.key, b=original.key, kind=kind))  # type: ignore[arg-type]


DUPLICATE = _found(0, "resized")
UNDECIDED = (_found(1, "undecided"), _found(2, "undecided"))
CHANGES = (
    SourceChange(
        source=JOURNAL,
        outcome=Advanced("a" * 40, "b" * 40),
        old="a" * 40,
        new="b" * 40,
        images=7,
        added=tuple(NEW),
        removed=(GONE,),
        problems=PROBLEMS,
        relabelled=(Change(replace(RELABELLED, sex=None), RELABELLED),),
    ),
    SourceChange(
        source=FOLDERS,
        outcome=Advanced("c" * 40, "d" * 40),
        old="c" * 40,
        new="d" * 40,
        images=4,
        added=tuple(COPIES),
        modified=(Change(OLD, EDITED),),
        copies=(DUPLICATE,),
        undecided=UNDECIDED,
    ),
)
RECORDS = (
    *(replace(r, image_id=f"c19-{n:016x}") for n, r in enumerate(NEW)),
    EDITED,
    *COPIES,
    RELABELLED,
)
PICTURES = Pictures(
    {_blob(seed): thumbnail(seed) for seed in range(1, 14)},
    {
        (f.copy, f.original): PairPictures(thumbnail(n), thumbnail(n + 9), registered=n != 2)
        for n, f in enumerate((DUPLICATE, *UNDECIDED))
    },
)


def html(
    changes: Iterable[SourceChange] = CHANGES, *, pictures: Pictures = PICTURES, **values: object
) -> str:
    """Draw the page."""
    changes = tuple(changes)
    records = values.get("records", RECORDS)
    volumes = values.get("volumes", ())
    return page.render(
        headline(changes),
        changes,
        records,  # type: ignore[arg-type]
        [],
        (),
        pictures=pictures,
        volumes=volumes,  # type: ignore[arg-type]
        outlined=values.get("outlined", ()),  # type: ignore[arg-type]
    )
