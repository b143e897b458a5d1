"""Reading blobs: in one process, in the order asked, and nothing too large."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from covid19_images.images.refused import Refused
from flows.upstream import blobs
from flows.upstream.git import GitError
from tests.support.examples import examples
from tests.support.upstream import Upstream


@settings(
    max_examples=examples(10),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(st.binary(max_size=200), max_size=6))
def test_any_bytes_are_read_as_they_are(upstream: Upstream, contents: list[bytes]) -> None:
    names = [upstream.blob(content) for content in contents]
    found = list(blobs.read(upstream.folder, names, max_bytes=1000))
    assert found == list(zip(names, contents, strict=True))


def test_no_blob_starts_no_process(tmp_path: Path) -> None:
    assert list(blobs.read(tmp_path / "nowhere", [], max_bytes=1)) == []


def test_a_large_blob_is_named_and_not_read(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    small, large = upstream.blob(b"small"), upstream.blob(b"x" * 2000)
    asked: list[str] = []
    contents = blobs._contents

    def counted(clone: Path, names: list[str]) -> object:
        asked.extend(names)
        return contents(clone, names)

    monkeypatch.setattr(blobs, "_contents", counted)
    found = list(blobs.read(upstream.folder, [large, small, large], max_bytes=1999))
    too_large = Refused("the file has 2,000 bytes; the limit is 1,999")
    assert found == [(large, too_large), (small, b"small"), (large, too_large)]
    assert asked == [small]


def test_a_blob_that_is_missing_is_an_error(upstream: Upstream) -> None:
    known = upstream.blob(b"a")
    with pytest.raises(GitError, match=f"blob {'1' * 40} is not here"):
        list(blobs.read(upstream.folder, [known, "1" * 40], max_bytes=10))


def test_a_blob_that_vanishes_while_we_read_is_an_error(upstream: Upstream) -> None:
    with pytest.raises(GitError, match=f"blob {'1' * 40} could not be read"):
        list(blobs._contents(upstream.folder, ["1" * 40]))


def test_a_reader_that_stops_early_leaves_no_process(upstream: Upstream) -> None:
    names = [upstream.blob(bytes([n]) * 100_000) for n in range(5)]
    reading = blobs.read(upstream.folder, names, max_bytes=10**6)
    assert next(reading)[0] == names[0]
    reading.close()
