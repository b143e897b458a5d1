"""Identifiers: what is none is refused where bytes become records."""

import json
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from covid19_images.manifest import table
from covid19_images.manifest.identifiers import ImageReference, is_path
from covid19_images.manifest.record import Record
from covid19_images.manifest.table import ManifestError
from covid19_images.release import index, membership
from covid19_images.release import row as rows
from covid19_images.release.index import Index, IndexFormatError, Shard, SmallFile
from covid19_images.release.row import Row

GOOD = Record(
    source="set",
    path="images/a b.png",
    blob="0" * 40,
    sha256="a" * 64,
    image_id="c19-0123456789abcdef",
    licence="CC-BY-4.0",
)
LEADS_OUT = ["../../evil", "/abs/evil", "..", "a/../../b", "a\0b", "C:\\x", "--help\n"]
ROW = Row(record=GOOD, commit="c", added_in="2026.11.23", changed_in="2026.11.23")


@pytest.mark.parametrize(
    "column",
    ["source", "path", "blob", "sha256", "pixels_sha256", "image_id", "licence", "duplicate_of"],
)
@pytest.mark.parametrize("text", LEADS_OUT)
def test_a_cell_that_is_no_identifier_is_refused(column: str, text: str) -> None:
    bad = replace(GOOD, **{column: text})
    with pytest.raises(ManifestError, match=column):
        table.loads(table.dumps([bad]))
    with pytest.raises(ManifestError, match=column):
        rows.loads(rows.dumps([replace(ROW, record=bad)]))


@pytest.mark.parametrize("column", ["commit", "shard", "member"])
@pytest.mark.parametrize("text", LEADS_OUT)
def test_a_place_in_a_release_that_leads_out_is_refused(column: str, text: str) -> None:
    with pytest.raises(ManifestError, match=column):
        rows.loads(rows.dumps([replace(ROW, **{column: text})]))


@pytest.mark.parametrize(
    "text", ["--help", "-x", "g" * 40, "0" * 41, "0" * 40 + "\n", "\uff10" * 40]
)
def test_a_blob_is_nothing_that_git_takes_for_an_option(text: str) -> None:
    with pytest.raises(ManifestError, match="blob"):
        table.loads(table.dumps([replace(GOOD, blob=text)]))


@pytest.mark.parametrize("at", range(4))
def test_a_member_of_another_form_is_refused(at: int) -> None:
    cells = ["images-set-00000.tar", "c19-0123456789abcdef", "0" * 40, "CC0-1.0"]
    assert membership.loads(membership.dumps([membership.Member(*cells)]))
    cells[at] = "../x"
    with pytest.raises(ValueError, match="line 2"):
        membership.loads(membership.dumps([membership.Member(*cells)]))


@given(st.text(st.sampled_from("./\\a\0\n -g:t"), max_size=12))
def test_a_path_stays_below_its_folder(text: str) -> None:
    from pathlib import PurePosixPath, PureWindowsPath

    if is_path(text):
        assert str(PurePosixPath(text)) == text
        for flavour in (PurePosixPath, PureWindowsPath):
            assert ".." not in flavour(text).parts
        assert not PurePosixPath(text).is_absolute()


@pytest.mark.parametrize("text", ["set", "../x", "set/../x", "c19-xyz", "", "/a/b"])
def test_a_decision_names_a_picture(text: str) -> None:
    adapter = TypeAdapter(ImageReference)
    assert adapter.validate_python(GOOD.key)
    assert adapter.validate_python(GOOD.image_id)
    with pytest.raises(ValidationError, match="must be a key"):
        adapter.validate_python(text)


@pytest.mark.parametrize(
    "name", ["checked.json", "selection.json", "index.json", "shards", "cache", "a.part"]
)
def test_a_release_brings_no_file_that_a_copy_writes_itself(name: str) -> None:
    made = Index(version="2026.11.23", files=(SmallFile(name=name, size=1, sha256="a" * 64),))
    with pytest.raises(IndexFormatError, match="keeps for itself"):
        index.loads(made.dumps())


def test_names_of_an_index_are_counted_in_linear_time() -> None:
    shards = [
        Shard(
            name=f"images-set-{k:05d}.tar",
            layer="images",
            source="set",
            images=1,
            size=1,
            sha256="a" * 64,
            first_published="2026.11.23",
        ).model_dump(mode="json")
        for k in range(40_000)
    ]
    begin = time.process_time()
    index.loads(json.dumps({"version": "2026.11.23", "shards": shards}))
    assert time.process_time() - begin < 10
    with pytest.raises(IndexFormatError, match=r"images-set-00003\.tar twice"):
        index.loads(json.dumps({"version": "2026.11.23", "shards": [*shards[:5], shards[3]]}))
