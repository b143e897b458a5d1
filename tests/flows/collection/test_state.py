"""The state of the collection is what a commit of it holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from covid19_images.manifest import table
from covid19_images.manifest.record import Record
from flows.collection import duplicates, problems, state
from flows.collection.checkout import Checkout, CheckoutError
from flows.collection.duplicates import Pair
from flows.collection.problems import Problem
from flows.collection.state import SourceRow, State
from tests.support.collection import NOW, Collection

RECORD = Record(source="set", path="a.png", blob="0" * 40)
PAIR = Pair(a="set/a.png", b="set/b.png", kind="bytes", decided_by="bytes")
PROBLEM = Problem("set", "a.png", 0, "refused", "broken")
ROW = SourceRow("set", "1" * 40, "f" * 16, 1)
FILES = {
    "datasets/manifest/set.csv": table.dumps([RECORD]),
    "datasets/manifest/README.md": "not a manifest",
    state.DUPLICATES: duplicates.dumps([PAIR]),
    state.PROBLEMS: problems.dumps([PROBLEM]),
    state.SOURCES: state.dumps([ROW]),
    state.CHANGES: "# Changes\n",
    state.GITMODULES: '[submodule "datasets/set"]\n',
}


def _state(collection: Collection, files: dict[str, str], pins: dict[str, str]) -> State:
    checkout = Checkout(collection.folder)
    contents = {path: text.encode() for path, text in files.items()}
    try:
        return checkout.state(checkout.write(checkout.base("main"), contents, pins, "x", NOW))
    finally:
        checkout.repo.close()  # an exception that a test looks at would keep git running


@given(st.lists(st.builds(SourceRow, *[st.text("abc0", min_size=1)] * 3, st.integers(0, 99))))
def test_the_list_of_sources_is_read_back(rows: list[SourceRow]) -> None:
    assert state.loads(state.dumps(rows)) == sorted(rows)


def test_a_commit_tells_everything(collection: Collection) -> None:
    found = _state(collection, FILES, {"set": "1" * 40})
    assert found.records == {"set": (RECORD,)}
    assert (found.pairs, found.problems) == ((PAIR,), (PROBLEM,))
    assert found.described == {"set": ROW}
    assert found.pins == {"set": "1" * 40}
    assert (found.changes, found.gitmodules) == (FILES[state.CHANGES], FILES[state.GITMODULES])


def test_a_commit_without_any_of_it_is_an_empty_collection(collection: Collection) -> None:
    checkout = Checkout(collection.folder)
    base = checkout.base("main")
    assert checkout.state(base) == State(base.hexsha)


def test_a_file_where_a_folder_belongs_is_no_collection(collection: Collection) -> None:
    assert _state(collection, {"datasets": "a file"}, {}).records == {}


@pytest.mark.parametrize(
    ("path", "text", "message"),
    [
        ("datasets/manifest/set.csv", "source,path\n", "manifest/set.csv: the header differs"),
        ("datasets/manifest/set.csv", '"a"b\n', "not readable as CSV"),
        (state.SOURCES, "x\n", "sources.csv: the header differs from ours"),
        (state.SOURCES, state.dumps([]) + "set,1\n", "sources.csv, line 2: 2 cells where 8 belong"),
        (state.SOURCES, state.dumps([]) + '"a"b\n', "sources.csv, line 2: "),
        (state.PROBLEMS, "x\n", "problems.csv: the header differs"),
        (state.DUPLICATES, '"a"b\n', "duplicates.csv, line 1: "),
    ],
)
def test_a_file_somebody_broke_is_named_with_what_to_do(
    collection: Collection, path: str, text: str, message: str
) -> None:
    with pytest.raises(CheckoutError) as error:
        _state(collection, FILES | {path: text}, {})
    assert message in str(error.value)
    assert "Nothing was changed. Restore that file from an earlier commit" in str(error.value)
