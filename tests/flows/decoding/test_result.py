"""What a blob turned out to be: told again by the manifest's row."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from covid19_images.images.fingerprint import Fingerprint, Headers
from covid19_images.images.refused import Refused
from covid19_images.manifest.record import Record
from flows.config import load
from flows.config.source import Source
from flows.decoding.result import (
    CONTENT_PRIVACY,
    PIXEL_QUALITY,
    DecodeResult,
    LfsPointer,
    from_record,
    lfs_pointer,
)
from flows.labels.assign import label
from flows.labels.rows import describe, withdraw
from flows.upstream.tree import Entry
from tests.support.collection import ROOT

VOCABULARY = load.load(ROOT / "config").vocabulary
HEX64 = st.text("0123456789abcdef", min_size=64, max_size=64)
HASHED = st.none() | st.text("0123456789abcdef", min_size=16, max_size=16)
HEADERS = st.builds(
    Headers,
    modality=st.sampled_from([None, "CT", "DX"]),
    view=st.sampled_from([None, "AXIAL"]),
    patient=HASHED,
    study=HASHED,
    series=HASHED,
    instance=st.none() | st.integers(0, 999),
    sex=st.sampled_from([None, "M", "F"]),
    age_years=st.none() | st.integers(0, 90),
)


def _fingerprints(media_type: str, headers: st.SearchStrategy[Headers]) -> Any:
    sizes = st.integers(1, 10_000)
    return st.builds(
        Fingerprint,
        media_type=st.just(media_type),
        sha256=HEX64,
        pixels_sha256=HEX64,
        phash=HEX64,
        bytes=sizes,
        width=sizes,
        height=sizes,
        frames=sizes,
        bit_depth=st.sampled_from([1, 8, 16]),
        quality=st.sets(st.sampled_from(PIXEL_QUALITY)).map(sorted).map(tuple),
        privacy=st.sets(st.sampled_from(CONTENT_PRIVACY)).map(sorted).map(tuple),
        headers=headers,
    )


READINGS = (
    _fingerprints("image/png", st.just(Headers()))
    | _fingerprints("application/dicom", HEADERS)
    | st.builds(Refused, st.text(st.characters(codec="ascii", categories=("L",)), min_size=1))
    | st.builds(LfsPointer, HEX64, st.integers(0, 10**12))
)


def _row(result: DecodeResult, **values: Any) -> Record:
    plain = {"name": "set", "title": "", "owner": "", "url": "https://x/", "order": 1}
    source = Source.model_validate(plain | {"files": {"images": ["*"]}} | values)
    labelled = label(source, [], ["a"])
    described = describe(source, VOCABULARY, [Entry("a", "0")], {"0": result}, labelled, {})
    return described.records[0]


@given(READINGS)
def test_a_row_tells_the_reading_it_was_written_from(result: DecodeResult) -> None:
    assert from_record(_row(result), headers_stand=True) == result


@given(READINGS)
def test_so_does_the_row_of_a_picture_marked_by_its_layout(result: DecodeResult) -> None:
    marked = _row(result, always={"quality": "augmented"})
    assert from_record(marked, headers_stand=True) == result


@given(_fingerprints("application/dicom", HEADERS))
def test_under_another_layout_a_dicom_row_does_not_tell_its_headers(result: Fingerprint) -> None:
    assert from_record(_row(result), headers_stand=False) is None


@given(_fingerprints("image/png", st.just(Headers())))
def test_a_withdrawn_row_still_tells_what_its_blob_was(result: Fingerprint) -> None:
    gone = withdraw(_row(result), dt.date(2020, 5, 1))
    assert from_record(gone, headers_stand=False) == result


def test_a_row_that_was_refused_and_then_withdrawn_tells_nothing() -> None:
    gone = withdraw(_row(Refused("broken")), None)
    assert from_record(gone, headers_stand=True) is None


def test_a_row_without_pixels_tells_nothing() -> None:
    row = replace(_row(Refused("x")), status="excluded", status_reason=None)
    assert from_record(row, headers_stand=True) is None


OID = "a" * 64


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize 12\n", True),
        ("version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize 12", True),
        (
            "version https://git-lfs.github.com/spec/v1\next-0-x y\noid sha256:{oid}\nsize 12\n",
            True,
        ),
        ("version https://git-lfs.github.com/spec/v2\noid sha256:{oid}\nsize 12\n", False),
        ("version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize -1\n", False),
        ("version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize 12\nmore", False),
        ("", False),
    ],
)
def test_a_pointer_is_known_by_its_text(text: str, found: bool) -> None:
    assert lfs_pointer(text.format(oid=OID).encode()) == (LfsPointer(OID, 12) if found else None)


def test_a_pointer_says_what_it_points_at() -> None:
    words = LfsPointer(OID, 209_715_552).reason
    assert words == f"Git LFS pointer to sha256:{OID} (209,715,552 bytes); the object is not here"
