"""Audit what a release trains: what of its pictures, beside the lungs, tells COVID-19.

The audit is the library's own (`covid19-images audit`), on the small pictures that the bot keeps.
It looks at the sets that loaders give, of each kind of picture: the whole one, which is published
with what was found, and the one with `balance="source"`, which must pass.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from covid19_images.checks.audit import of_subjects
from covid19_images.checks.shortcuts.of_selection import of_record
from covid19_images.checks.shortcuts.subject import Subject
from covid19_images.checks.shortcuts.verdict import Audit
from covid19_images.dataset.balance import balance
from covid19_images.dataset.labels import Label, label
from covid19_images.duplicates.features import Features
from covid19_images.manifest.document import document
from covid19_images.manifest.record import Record
from covid19_images.manifest.statements.conflicts import in_doubt
from covid19_images.release.row import Row
from flows.publish import ReleaseError

FILE = "audit.json"
MOST = 4000  # images of a kind that are looked at, chosen by id; more do not change the figures
_KINDS = {"X-ray": ("CR", "DX", "XR"), "CT": ("CT",)}
_NAMES = {"X-ray": "xray", "CT": "ct"}
_SPLITS = ("train", "validation", "test")


@dataclass(frozen=True, slots=True)
class Audited:
    """What was found of one set.

    Attributes:
        kind: Of which pictures.
        is_balanced: Whether sources and labels were made independent before.
        audit: The figures.
    """

    kind: str
    is_balanced: bool
    audit: Audit

    @property
    def spelling(self) -> str:
        """Return how the set is loaded."""
        balanced = ', balance="source"' if self.is_balanced else ""
        return f'load("{_NAMES[self.kind]}"{balanced})'


def _covid() -> Label:
    return label("covid")


def subjects(rows: Sequence[Row]) -> list[Record]:
    """Choose the images that training sets are made of, no more than are looked at."""
    return [record for kind in _KINDS for record in _of_kind(rows, kind)]


def _of_kind(rows: Sequence[Row], kind: str) -> list[Record]:
    doubtful = in_doubt(row.record for row in rows)
    known = _covid().known
    found = [
        row.record
        for row in rows
        if row.record.status == "active"
        and row.record.modality in _KINDS[kind]
        and row.record.split in _SPLITS
        and not row.record.duplicate_of
        and row.record.key not in doubtful
        and known(row.record)
    ]
    return sorted(found, key=lambda r: (r.image_id or "", r.key))[:MOST]


def audited(rows: Sequence[Row], features: Mapping[str, Features]) -> tuple[Audited, ...]:
    """Audit the sets that loaders give of a release.

    Args:
        rows: Its manifest.
        features: Small pictures by blob; an image without one is left out.
    """
    return tuple(one for kind in _KINDS for one in _audited(rows, features, kind))


def _audited(rows: Sequence[Row], features: Mapping[str, Features], kind: str) -> Iterator[Audited]:
    records = [record for record in _of_kind(rows, kind) if record.blob in features]
    if not records:
        return
    seen: dict[str, Subject] = {
        record.key: of_record(record, _covid(), features[record.blob].picture())
        for record in records
    }
    yield Audited(kind, is_balanced=False, audit=of_subjects(list(seen.values())))
    even = balance(records, _covid(), 0)
    chosen = [seen[record.key] for record in even.records]
    yield Audited(kind, is_balanced=True, audit=of_subjects(chosen, even.left_out))


def findings(found: Sequence[Audited]) -> tuple[str, ...]:
    """Return what must stand on the first lines of a release, a sentence for each set."""
    return tuple(
        f"{one.kind}: {one.audit.sentence}"
        for one in found
        if not one.is_balanced and not one.audit.passes
    )


def gate(found: Sequence[Audited]) -> None:
    """Refuse a release whose balanced sets are none.

    Raises:
        ReleaseError: The source alone tells the label in one of them.
    """
    for one in found:
        if one.is_balanced and not one.audit.passes:
            raise ReleaseError(
                f"{one.spelling} is not balanced, so nothing was published: {one.audit.sentence}"
            )


def dumps(found: Sequence[Audited]) -> str:
    """Write `audit.json`: every figure of every set."""
    sets = [
        {
            "set": one.spelling,
            "balanced": one.is_balanced,
            "passes": one.audit.passes,
            "finding": one.audit.sentence,
            "images": one.audit.images,
            "left_out": dict(one.audit.left_out),
            "figures": [asdict(figure) for figure in one.audit.figures],
        }
        for one in found
    ]
    return document({"sets": sets}, indent=1) + "\n"
