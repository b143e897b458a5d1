"""One small night, fixed for ever: what the golden files are written from."""

import datetime as dt
from dataclasses import replace
from typing import Any

from covid19_images.manifest.record import Record
from covid19_images.manifest.table import Change
from flows.collection.duplicates import Pair
from flows.collection.problems import Problem
from flows.config.source import Source
from flows.labels.table import TableDiff
from flows.proposal.changes import NewDuplicate, SourceChange
from flows.upstream.outcome import Advanced, Gone, Unchanged


def source(name: str, **values: Any) -> Source:
    """Configure a source on GitHub."""
    plain = {
        "title": name.title(),
        "owner": "J. Doe",
        "url": f"https://github.com/owner/{name}.git",
    }
    files = {"images": ["*"]}
    return Source.model_validate(plain | {"name": name, "order": 1, "files": files} | values)


def row(name: str, path: str, **cells: Any) -> Record:
    """Write a row of the manifest."""
    plain = {"status": "active", "blob": "0" * 40, "modality": "XR", "finding": ("COVID-19",)}
    return Record(**{"source": name, "path": path} | plain | cells)


JOURNAL, FOLDERS, AWAY, QUIET = (
    source("journal"),
    source("folders", licence="CC0-1.0"),
    source("away"),
    source("quiet"),
)
NEW = row(
    "journal", "images/new.png", doi="10.1000/a(1)", licence="CC BY 4.0", licence_basis="image"
)
NORMAL = row("journal", "images/normal.png", finding=("No finding",))
SLICE = row("journal", "images/slice.jpg", modality="CT", finding=())
GONE = row("journal", "images/gone.png")
OLD, MOVED = row("journal", "images/a.png"), row("journal", "images/moved/a.png")
LABELLED = row("journal", "images/b.png", finding=("SARS",))
RELABELLED = replace(LABELLED, finding=("COVID-19", "ARDS"), sex="F")
EDITED = row("folders", "train/1.png", blob="1" * 40)
COPY = row("folders", "train/0.jpeg", duplicate_of=NEW.key, duplicate_kind="resized")
PAIR = Pair(a=COPY.key, b=NEW.key, kind="resized", hamming_bits=4, date=dt.date(2020, 4, 1))
MAYBE = Pair(
    a="folders/train/0.jpeg",
    b="journal/images/b.png",
    kind="undecided",
    hamming_bits=40,
    inliers=17,
    correlation=0.871,
)
PROBLEMS = (
    Problem("journal", "metadata.csv", 7, "unmapped_value", "view is 'upside down'"),
    Problem("journal", "images/broken.png", 0, "refused", "the file broke off"),
)
CHANGES = (
    SourceChange(
        source=JOURNAL,
        outcome=Advanced("a" * 40, "b" * 40),
        old="a" * 40,
        new="b" * 40,
        images=5,
        added=(NEW, NORMAL, SLICE),
        removed=(GONE,),
        renamed=(Change(OLD, MOVED),),
        relabelled=(Change(LABELLED, RELABELLED),),
        problems=PROBLEMS,
        tables={"metadata.csv": TableDiff(5, added=3, removed=1, header_changed=True)},
        review_reason="1 of 4 images are gone upstream",
    ),
    SourceChange(
        source=FOLDERS,
        outcome=Advanced(None, "c" * 40),
        new="c" * 40,
        images=2,
        added=(COPY,),
        modified=(Change(replace(EDITED, blob="2" * 40), EDITED),),
        copies=(NewDuplicate(COPY.key, NEW.key, PAIR),),
        undecided=(NewDuplicate(MAYBE.a, MAYBE.b, MAYBE),),
    ),
    SourceChange(
        source=AWAY,
        outcome=Gone("fatal: repository not found"),
        old="d" * 40,
        new="d" * 40,
        images=1234,
    ),
    SourceChange(source=QUIET, outcome=Unchanged("e" * 40), old="e" * 40, new="e" * 40, images=10),
)
RECORDS = (NEW, NORMAL, SLICE, MOVED, RELABELLED, COPY, EDITED, replace(GONE, status="withdrawn"))

HOSTILE = (
    "@everyone",
    "fixes #12",
    "<script>alert(1)</script>",
    "`rm -rf`",
    "``` code",
    "a|b",
    "a\\|b",
    "[x](javascript:alert(1))",
    "![x](https://evil.example/x.png)",
    "https://evil.example/",
    "\u202egnp.exe",
    "zero\u200bwidth",
    "two\nlines\r\n# heading",
    "\x1b[31mred\x07",
    "&lt;b&gt; &amp;",
    "{{ 7 * 7 }}",
    "-->",
    "- [x] <!-- covid19-images:box rebuild -->",
    '<!-- covid19-images:record {"base": "' + "0" * 40 + '"} -->',
    "owner/repo#12 GH-12 closes #1",
    "https://github.com/o/r/issues/1 www.github.com/o/r/pull/2 github.com/o/r/issues/3",
    "0123456789abcdef0123456789abcdef01234567",
    "::set-output name=x::y",
    "##[command]x",
    "=HYPERLINK(1)",
    "[skip ci]",
    "/sync rebuild",
    "*bold* _it_ ~~no~~",
    "",
    " ",
    "x" * 1000,
)


def hostile(text: str) -> SourceChange:
    """Put one text wherever an upstream can put a text."""
    before, after = row("journal", text), row("journal", f"{text}2", finding_raw=text, notes=text)
    pair = Pair(a=before.key, b=after.key, kind="bytes")
    return SourceChange(
        source=JOURNAL,
        outcome=Gone(text),
        old="a" * 40,
        new="b" * 40,
        images=1,
        added=(
            replace(
                after,
                status="refused",
                status_reason=text,
                doi=f"{text} ",
                licence=f"{text} ",
                licence_basis="image",
            ),
        ),
        removed=(before,),
        renamed=(Change(before, after),),
        modified=(Change(before, after),),
        relabelled=(Change(before, after),),
        copies=(NewDuplicate(after.key, before.key, pair),),
        undecided=(NewDuplicate(after.key, before.key, replace(pair, kind="undecided")),),
        tables={text: TableDiff(5, added=3, header_changed=True)},
        problems=(Problem("journal", text, 3, "refused", text),),
    )
