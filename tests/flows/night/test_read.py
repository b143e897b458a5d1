"""A decoder that ends on one file is that file's fault; one that ends on many is the machine's."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from covid19_images.images.refused import Refused
from flows.decoding.cache import Decoded
from flows.night import read as read_stage
from flows.upstream.outcome import Failed
from tests.covid19_images.images.formats import files
from tests.support.collection import SIMPLE, Collection
from tests.support.pictures import png
from tests.support.upstream import Upstream

CRASHED = Decoded(Refused("the decoder crashed on this file"))


@pytest.fixture
def crash(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Let the decoders of so many files crash."""
    whole = read_stage.decode

    def crash(count: int) -> None:
        def decode(clone: Path, wanted: Sequence[str], **options: object) -> object:
            broken = dict.fromkeys(sorted(wanted)[:count], CRASHED)
            options["keep"](broken)  # type: ignore[operator]
            rest = [blob for blob in wanted if blob not in broken]
            return broken | whole(clone, rest, **options)  # type: ignore[arg-type]

        monkeypatch.setattr(read_stage, "decode", decode)

    return crash


@pytest.mark.parametrize(
    ("crashes", "broken"), [(3, False), (4, True), pytest.param(16, True, marks=pytest.mark.slow)]
)
def test_a_night_in_which_a_quarter_of_the_files_crash_is_a_broken_machine(
    collection: Collection,
    upstream: Upstream,
    crash: Callable[[int], None],
    crashes: int,
    broken: bool,
) -> None:
    upstream.commit({f"images/{i}.png": png(i) for i in range(16)})
    collection.source("set", SIMPLE.format(url=upstream.url))
    crash(crashes)
    report = collection.night()
    [change] = report.changes
    if broken:
        assert isinstance(change.outcome, Failed)
        assert f"{crashes} of 16 new files ended their decoder" in change.outcome.reason
        assert report.proposal is None
    else:
        statuses = [record.status for record in collection.records("set").values()]
        assert statuses.count("refused") == crashes


def test_what_a_broken_machine_refused_is_read_by_the_next_night(
    collection: Collection, upstream: Upstream, crash: Callable[[int], None]
) -> None:
    upstream.commit({f"images/{i}.png": png(i) for i in range(8)})
    collection.source("set", SIMPLE.format(url=upstream.url))
    crash(8)
    collection.night()
    crash(0)
    collection.night()
    assert {record.status for record in collection.records("set").values()} == {"active"}


def test_an_impossible_age_stays_reported_where_the_file_is_not_read_again(
    collection: Collection, upstream: Upstream
) -> None:
    files_now = {"images/old.dcm": files.dicom(files.slices()[0], PatientAge="411Y")}
    upstream.commit(files_now | {"images/young.dcm": files.dicom(files.slices()[1])})
    collection.source("set", SIMPLE.format(url=upstream.url))
    collection.night()
    collection.merge()
    first = collection.file("datasets/problems.csv")
    assert "set,images/old.dcm,,impossible_value,the age in its header is 411Y" in first
    shutil.rmtree(collection.cache)
    upstream.commit({"images/1.png": png(1)})
    collection.night()
    assert collection.file("datasets/problems.csv") == first
