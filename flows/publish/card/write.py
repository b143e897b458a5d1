"""The data card: what is in a release, what is missing, and what may mislead."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from covid19_images.checks.baseline import NOT_MEANT
from covid19_images.duplicates.features import Features
from covid19_images.manifest.record import COLUMNS
from covid19_images.manifest.splits import Figures
from covid19_images.manifest.statements.conflicts import Conflict
from covid19_images.release.index import Index
from covid19_images.release.row import Row
from flows.collection.duplicates import Pair
from flows.collection.volumes import NONE, Volumes
from flows.config.licences import Licences
from flows.proposal.markdown import WARNING, table
from flows.proposal.splits import counted
from flows.publish.card import audit_words, baseline, by_split, disputes, plots, volumes, withdrawn
from flows.publish.card.shortcuts import Audited
from flows.text.escape import code
from flows.text.plural import plural

_MATRIX = (
    "A field counts the images of one source of which another has a copy; on the diagonal, those of"
    " which the source itself has another copy. An image that is copied stands in the rows of both"
    " sources, and once for each source that has it, and images that are not in use (quarantined,"
    " withdrawn) are counted too. So the fields may add up to more than the copies above."
)
_CLASSES = (
    "Images that are no copies. A class that comes from one source only is learnt by learning the"
    " source."
)
_BASELINE = (
    "A small model that is the same each time, for COVID-19 on radiographs; docs/baseline.md"
    " explains it. `covid19-images baseline` trains it on the release's squares; here it sees the"
    f" small pictures of at most {baseline.MOST:,} images."
)
_ASKED = (
    "modality",
    "view",
    "finding",
    "label_basis",
    "patient_id",
    "sex",
    "age_min",
    "offset_days",
    "survival",
    "country",
    "licence",
    "doi",
    "split",
)


@dataclass(frozen=True, slots=True)
class CardInputs:
    """What a data card is made from.

    Attributes:
        index: What the release is.
        rows: Its manifest.
        pairs: The copies known.
        licences: Which may be shipped, and why.
        features: Small pictures by blob, for the figures of the baseline.
        conflicts: What sources state of one picture that cannot both hold.
        volumes: What volumes the pictures make, their masks and copies.
        paths: Another path of each picture, by its key, whose own is not in the release.
        given: The rows with the values that count, as loaders give them; the manifest's by default.
        audited: What tells labels without lungs, in the sets that loaders give.
        splits: The figures about splits; moved means since the release before.
    """

    index: Index
    rows: Sequence[Row]
    pairs: Sequence[Pair]
    licences: Licences
    features: Mapping[str, Features]
    splits: Figures
    conflicts: Sequence[Conflict] = ()
    volumes: Volumes = NONE
    paths: Mapping[str, str] = field(default_factory=dict, repr=False)
    given: Sequence[Row] = ()
    audited: Sequence[Audited] = ()

    @property
    def active(self) -> list[Row]:
        """Return the rows of images that are there."""
        return [row for row in self.rows if row.record.status == "active"]

    @property
    def sources(self) -> list[str]:
        """Where these come from."""
        return sorted({row.record.source for row in self.active})


def write_card(folder: Path, inputs: CardInputs) -> list[str]:
    """Write `card.md` and its plots.

    Returns:
        The names of the files.
    """
    names = _draw(folder, inputs)
    text = "\n\n".join(_parts(inputs)) + "\n"
    (folder / "card.md").write_text(text, encoding="utf-8", newline="\n")
    return ["card.md", *names]


def _draw(folder: Path, inputs: CardInputs) -> list[str]:
    names = plots.write(folder, "card-growth", plots.growth(inputs.index.history))
    if inputs.active:
        counts = plots.overlap(inputs.pairs, inputs.sources)
        records = [row.record for row in inputs.active]
        names += plots.write(folder, "card-sources", plots.by_source(records))
        names += plots.write(folder, "card-duplicates", plots.duplicates(counts, inputs.sources))
    return names


def _parts(inputs: CardInputs) -> list[str]:
    active = inputs.active
    first = audit_words.first_lines(inputs.index.shortcuts)
    head = [*first, f"# Data card of release {inputs.index.version}", f"> **{WARNING}**"]
    growth = "![Growth over releases](card-growth.svg)"
    if not active:
        return [*head, "No image is left in it: all were taken down or removed.", growth]
    return [
        *head,
        _counts(inputs.index, active),
        "![Images by source, finding and kind](card-sources.svg)",
        growth,
        "## Copies between sources",
        "![Copies between sources](card-duplicates.svg)",
        _MATRIX,
        "## Conflicts between statements",
        disputes.section(inputs.conflicts),
        *withdrawn.chapter(row.record for row in inputs.rows),
        "## Splits",
        _splits(inputs.splits),
        *by_split.chapter(row.record for row in active),
        "## How far a good score may be trusted",
        audit_words.section(inputs.audited),
        "## A baseline",
        _baseline(inputs),
        "## Findings by source",
        _CLASSES,
        _classes(active, inputs.sources),
        *volumes.chapter(
            inputs.volumes, (row.record.key for row in active), inputs.paths, inputs.conflicts
        ),
        "## Licences",
        _licences(active, inputs.licences),
        "## What is not known",
        _missing(active),
    ]


def _counts(index: Index, active: Sequence[Row]) -> str:
    copies = sum(row.record.duplicate_of is not None for row in active)
    shipped = sum(row.shard is not None for row in active)
    return (
        f"{plural(len(active), 'images')} from {plural(len(index.sources), 'sources')}."
        f" In the release: {shipped:,}. Pointers, because their licence does not let us ship them:"
        f" {len(active) - shipped:,}; the downloader fetches these from their owners."
        f" Copies of another one: {copies:,}; {len(active) - copies:,} are left without them."
    )


def _splits(figures: Figures) -> str:
    if not figures.images:
        return "This release has no splits yet."
    return f"**Leaks across splits: {figures.leaks:,}** (must be 0).\n\n" + "\n".join(
        counted(figures)
    )


def _baseline(inputs: CardInputs) -> str:
    found = baseline.tables(baseline.subjects(inputs.given or inputs.rows), inputs.features)
    if not found:
        return _BASELINE + " The radiographs here are too few, or all of one class."
    parts = [
        "\n\n".join([f"**{one.title}**", table(one.header, one.rows), one.below]) for one in found
    ]
    return "\n\n".join([_BASELINE, *parts, NOT_MEANT])


def _classes(active: Sequence[Row], sources: Sequence[str]) -> str:
    own = [row.record for row in active if not row.record.duplicate_of]
    counts = Counter((finding, r.source) for r in own for finding in r.finding or ("not stated",))
    totals = Counter(finding for r in own for finding in r.finding or ("not stated",))
    ordered = sorted(totals, key=lambda f: (-totals[f], f))
    return table(
        ["finding", *sources], [[f, *(counts[f, source] for source in sources)] for f in ordered]
    )


def _licences(active: Sequence[Row], licences: Licences) -> str:
    counts = Counter(row.record.licence or "NOASSERTION" for row in active)
    body = []
    for name in sorted(counts, key=lambda n: (-counts[n], n)):
        rule = licences.get(name)
        ships = "yes" if rule and rule.redistribute else "no"
        why = rule.why if rule else "not in config/licences.toml, and unknown means no"
        body.append([code(name), counts[name], ships, why])
    return table(["licence", "images", "shipped", "why"], body)


def _missing(active: Sequence[Row]) -> str:
    total = len(active) or 1
    columns = [column.name for column in COLUMNS if column.name in _ASKED]
    body = []
    for name in columns:
        empty = sum(getattr(row.record, name) in (None, ()) for row in active)
        body.append([name, empty, f"{100 * empty / total:.0f} %"])
    return table(["column", "empty", "share"], body)
