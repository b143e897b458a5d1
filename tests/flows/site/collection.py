"""A small collection for the site: two sources that share pictures, a patient, names, copies."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from covid19_images.manifest.record import Record
from covid19_images.manifest.volume import SliceRow, VolumeRow
from flows.collection.duplicates import Pair
from flows.collection.histories import Change, Histories, Merge
from flows.collection.state import SourceRow, State
from flows.collection.volumes import Volumes
from flows.config import load
from flows.config.load import Config
from flows.config.source import Source
from flows.forge.status_page import OpenIssue, StatusPage
from flows.site.build import build
from flows.site.collect import Site, collect
from flows.site.night import LastRun
from flows.site.releases import Release
from tests.flows.proposal.small_night import source

ROOT = Path(__file__).parents[3]
CLINIC, JOURNAL = source("clinic", licence="CC-BY-4.0"), source("journal")
COMMIT = "a" * 40


def row(name: str, path: str, number: int, **cells: Any) -> Record:
    """Write an active row of the picture of some number."""
    plain = {"blob": f"{number:040x}", "modality": "XR", "finding": ("COVID-19",)}
    image_id = f"c19-{number:016x}"
    return Record(**{"source": name, "path": path, "image_id": image_id} | plain | cells)


RECORDS = (
    row(
        "clinic", "images/1.png", 1, view="PA", patient_id="clinic/7", offset_days=3, split="train"
    ),
    row(
        "clinic", "images/2.png", 2, view="AP", patient_id="clinic/7", offset_days=1, split="train"
    ),
    row("clinic", "images/3.png", 3, finding=("SARS",), modality="CT"),
    row("clinic", "images/4.png", 4, status="excluded", status_reason="a takedown"),
    row("journal", "figures/1.png", 1, finding=("No finding",), duplicate_of="clinic/images/1.png"),
    row("journal", "figures/5.png", 5),
    row("journal", "John Smith 1957-03-02.png", 6, notes="seen by Dr. John Smith"),
)
PAIRS = (
    Pair(a="clinic/images/3.png", b="journal/figures/5.png", kind="resized"),
    Pair(a="clinic/images/2.png", b="journal/figures/5.png", kind="undecided"),
    Pair(a="clinic/images/4.png", b="journal/figures/5.png", kind="cropped"),
)

MERGE = Merge(
    commit="d" * 40,
    title="2 sources moved",
    merged=dt.date(2026, 11, 23),
    night=dt.date(2026, 11, 22),
    proposal=7,
    upstream={"clinic": COMMIT, "journal": COMMIT},
    moved=("clinic",),
)
LATER = replace(MERGE, commit="e" * 40, proposal=8, merged=dt.date(2026, 11, 24), moved=())
PAST = Histories(
    rows={
        **{row.key: (Change(MERGE, "added"),) for row in RECORDS},
        "clinic/images/1.png": (
            Change(MERGE, "added"),
            Change(LATER, "changed", {"finding": ("SARS", "COVID-19"), "notes": ("J. Smith", "")}),
        ),
    },
    merges=(MERGE, LATER),
)
VOLUMES = Volumes(
    (
        VolumeRow(
            source="clinic",
            volume="images/3.png",
            volume_id="c19v-0000000000000003",
            files=1,
            files_sha256="3" * 64,
            columns=96,
            rows=96,
            slices=24,
            finding=("gaps",),
        ),
    ),
    (SliceRow(source="clinic", path="images/3.png", volume="images/3.png"),),
)
NIGHT = LastRun(
    dt.date(2026, 11, 27),
    StatusPage(
        open_issues={
            "journal": OpenIssue(kind="Failure", what="<b>gone</b>", since=dt.date(2026, 11, 25))
        }
    ),
    b"<!doctype html><title>The proposal</title>",
)


def whole(records: tuple[Record, ...] = RECORDS, published: Iterable[Release] = ()) -> Site:
    """Collect a site that has all: histories, volumes, a night."""
    known = replace(state(records), volumes=VOLUMES)
    return collect(known, config(), published, histories=PAST, night=NIGHT)


def state(records: tuple[Record, ...] = RECORDS, pairs: tuple[Pair, ...] = PAIRS) -> State:
    """Write the state of a commit."""
    names = sorted({record.source for record in records})
    return State(
        base=COMMIT,
        described={name: SourceRow(name, COMMIT, "x", 1) for name in names},
        records={name: tuple(r for r in records if r.source == name) for name in names},
        pairs=pairs,
    )


def moved(before: State) -> State:
    """Write the same state at other commits of the upstreams."""
    described = {n: replace(row, commit="b" * 40) for n, row in before.described.items()}
    return replace(before, described=described)


def config(*sources: Source, repository: str | None = "owner/collection") -> Config:
    """Configure the sources."""
    loaded = load.load(ROOT / "config")
    forge = loaded.policy.forge.model_copy(update={"repository": repository})
    policy = loaded.policy.model_copy(update={"forge": forge})
    return loaded.model_copy(update={"sources": sources or (CLINIC, JOURNAL), "policy": policy})


def site(records: tuple[Record, ...] = RECORDS, **changed: Any) -> Site:
    """Collect the site."""
    return collect(state(records, **changed), config())


def files(records: tuple[Record, ...] = RECORDS, **changed: Any) -> dict[str, bytes]:
    """Build the site."""
    return dict(build(site(records, **changed)))


def many(pictures: int, *, sources: tuple[str, ...] = ("clinic", "journal")) -> tuple[Record, ...]:
    """Write rows of many pictures."""
    findings = (("COVID-19",), ("No finding",), ("Pneumonia", "COVID-19"), ())
    return tuple(
        row(
            sources[n % len(sources)],
            f"images/{n}.png",
            n,
            finding=findings[n % 4],
            view=("PA", "AP", "LATERAL", None)[n // 4 % 4],
            split=("train", "train", "test")[n % 3],
        )
        for n in range(pictures)
    )
