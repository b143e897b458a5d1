"""One picture as the engine sees it: the fields of its manifest row that matter, and features."""

import datetime as dt
from dataclasses import dataclass

from covid19_images.duplicates.detail import Detail
from covid19_images.duplicates.features import Features
from covid19_images.manifest.record import Record


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Item:
    """Describe one picture; the fields are the manifest's columns (docs/manifest.md).

    Attributes:
        series_id: Of the scanner's series, or of the volume a slice was cut from: pictures of
            one series are different pictures by construction.
        detail: How fine its finest detail is, where the picture itself was read.
        modality: `CT` makes the engine careful, because neighbouring slices look like copies.
    """

    key: str
    source: str
    blob: str = ""
    sha256: str | None = None
    pixels_sha256: str | None = None
    phash: str | None = None
    width: int = 0
    height: int = 0
    bit_depth: int | None = None
    modality: str | None = None
    quality: tuple[str, ...] = ()
    patient_id: str | None = None
    series_id: str | None = None
    first_seen: dt.date | None = None
    detail: Detail | None = None
    features: Features


def of_record(record: Record, features: Features) -> Item:
    """Return a manifest row as the engine's item."""
    return Item(
        key=record.key,
        source=record.source,
        blob=record.blob,
        sha256=record.sha256,
        pixels_sha256=record.pixels_sha256,
        phash=record.phash,
        width=record.width or 0,
        height=record.height or 0,
        bit_depth=record.bit_depth,
        modality=record.modality,
        quality=record.quality,
        patient_id=record.patient_id,
        series_id=record.series_id,
        first_seen=record.first_seen,
        features=features,
    )
