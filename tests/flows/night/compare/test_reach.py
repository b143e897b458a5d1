"""What a night touches is worked out anew, all else stays: it comes to the same as all anew."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

from hypothesis import given, settings
from hypothesis import strategies as st

from covid19_images.manifest import splits, table
from covid19_images.manifest.record import Record
from flows.collection.duplicates import Pair
from flows.collection.ledger import Ledger, LongerLedger
from flows.collection.manifest import Manifest
from flows.collection.state import State
from flows.collection.unread import Unread
from flows.config.decisions import Decision, Decisions, Exclusion, Keep
from flows.config.load import Config, Vocabulary
from flows.config.policy import Policy
from flows.config.source import Files, Source
from flows.labels.rows import Description, withdraw
from flows.night.compare.reach import at, reached, standing
from flows.night.compare.search import Search
from flows.night.compare.sights import sights
from flows.night.compare.stage import compare
from flows.night.context import RunContext
from flows.night.source_run import SourceRun
from flows.night.worked_out import WorkedOut
from flows.proposal.disagreements import all_conflicts, conflicts_after
from flows.proposal.proposal import Collection
from flows.upstream.observe import Tip
from flows.upstream.outcome import Advanced

DAY = dt.date(2026, 11, 1)
NAMES = ("owner", "collector", "trainer")
SOURCES = tuple(
    Source(
        name=name,
        title=name,
        owner="Somebody",
        url=f"https://example.org/{name}",
        order=order,
        files=Files(images=("*",)),
        train_only=name == "trainer",
    )
    for order, name in enumerate(NAMES)
)
DECISIONS = Decisions(
    exclude=(Exclusion(image="owner/1.png", reason="privacy", date=DAY, by="me"),),
    keep=(Keep(image="collector/0.png", by="me", date=DAY),),
    pairs=(
        Decision(a="owner/2.png", b="trainer/2.png", verdict="different", by="me", date=DAY),
        Decision(
            a="owner/3.png", b="trainer/1.png", verdict="same", kind="resized", by="me", date=DAY
        ),
    ),
)
CONFIG = Config(
    policy=Policy(),
    vocabulary=Vocabulary(unknown=(), findings=("COVID-19", "Normal"), values={}),
    sources=SOURCES,
    decisions=DECISIONS,
)


@dataclass(frozen=True)
class File:
    """What an upstream has at a path."""

    picture: int
    patient: int | None
    series: int | None
    finding: tuple[str, ...]
    quality: tuple[str, ...]
    refused: bool

    def row(self, source: str, path: str) -> Record:
        """Return it as a night describes it."""
        blob = f"{self.picture:040x}"
        row = Record(
            source=source,
            path=path,
            blob=blob,
            finding=self.finding,
            quality=self.quality,  # type: ignore[arg-type]
            patient_id=None if self.patient is None else f"{source}/{self.patient}",
            series_id=None if self.series is None else str(self.series),
            first_seen=DAY + dt.timedelta(self.picture),
        )
        if self.refused:
            return replace(row, status="refused", status_reason="no picture")
        pixels = f"{self.picture // 2:064x}"[::-1]
        image = f"c19-{pixels[:16]}"
        return replace(row, pixels_sha256=pixels, image_id=image, phash=f"{self.picture:064x}")


FILES = st.builds(
    File,
    picture=st.integers(0, 13),
    patient=st.none() | st.integers(0, 3),
    series=st.none() | st.integers(0, 2),
    finding=st.sampled_from(((), ("COVID-19",), ("Normal",))),
    quality=st.sampled_from(((), (), (), ("blank",), ("augmented",))),
    refused=st.sampled_from((False, False, False, True)),
)
TREES = st.dictionaries(st.sampled_from([f"{n}.png" for n in range(5)]), FILES)
NIGHTS = st.lists(st.tuples(st.sampled_from(NAMES), TREES), min_size=2, max_size=7)


def _found(
    _search: Search,
    rows: Sequence[Record],
    fresh: Sequence[Record],
    others: Iterable[Sequence[Record]] = (),
) -> tuple[tuple[Pair, ...], tuple[Record, ...]]:
    """Find pairs whose verdict depends on their two pictures only."""
    keys = {row.key for row in fresh}
    every = sights(rows, others, fresh)
    assert all((one.key, one.blob) == (one.row.key, one.row.blob) for one in every)
    rows = [one.row for one in every]
    some = [(a, b) for a, b in product(rows, rows) if a.key < b.key and {a.key, b.key} & keys]
    return tuple(_pairs(some)), ()


def _pairs(some: Sequence[tuple[Record, Record]]) -> Iterator[Pair]:
    for a, b in some:
        if a.blob == b.blob:
            yield Pair(a=a.key, b=b.key, kind="bytes", decided_by="bytes")
            continue
        match int(a.blob, 16) * int(b.blob, 16) % 11:
            case 0 | 1:
                yield Pair(a=a.key, b=b.key, kind="resized")
            case 2:
                yield Pair(a=a.key, b=b.key, kind="part", transform="0.5 0 0 0 0.5 0")
            case 3:
                yield Pair(a=a.key, b=b.key, kind="undecided")


def _night(
    before: State, name: str, tree: Mapping[str, File], cache: Path, *, is_whole: bool
) -> Collection:
    old = before.records.get(name, ())
    rows = [file.row(name, path) for path, file in tree.items()]
    gone = [row for row in old if row.path not in tree]
    rows += [row if row.status == "withdrawn" else withdraw(row, DAY) for row in gone]
    source = next(source for source in SOURCES if source.name == name)
    tip = Tip("f" * 40, "main")
    run = SourceRun(source, Advanced(None, tip.commit), tip, described=Description(rows))
    context = RunContext(CONFIG, before, cache, SOURCES, worked_out=WorkedOut(is_whole))
    with mock.patch.object(Search, "found", _found):
        return compare(context, [run], DAY)


def _state(after: Collection) -> State:
    rows = [row for some in after.records.values() for row in some]
    return State(
        "",
        described=after.described,
        records=after.records,
        pairs=after.pairs,
        problems=after.problems,
        ledger=after.ledger,
        conflicts=tuple(all_conflicts(rows, after.pairs, SOURCES)),
    )


def _unread(before: State) -> State:
    """Return a state of which nothing is read yet."""
    texts = {name: table.dumps(rows).encode() for name, rows in before.records.items()}
    return replace(
        before,
        records={name: Manifest.of_csv(name, partial(bytes, text)) for name, text in texts.items()},
        pairs=Unread(lambda: before.pairs),
        ledger=Ledger(lambda: splits.dumps(before.ledger)),
    )


@settings(max_examples=60, deadline=None)
@given(NIGHTS)
def test_what_is_touched_worked_out_anew_comes_to_the_same_as_all_worked_out_anew(
    nights: list[tuple[str, Mapping[str, File]]],
) -> None:
    before = State("")
    with TemporaryDirectory() as cache:
        for name, tree in nights:
            some = _night(before, name, tree, Path(cache), is_whole=True)
            unread = _night(_unread(before), name, tree, Path(cache), is_whole=True)
            anew = _night(before, name, tree, Path(cache), is_whole=False)
            assert replace(some, touched=None) == anew
            assert replace(unread, touched=None) == anew
            if isinstance(unread.ledger, LongerLedger):
                assert unread.ledger.text() == splits.dumps(anew.ledger)
            rows = [row for found in some.records.values() for row in found]
            now = conflicts_after(before.conflicts, rows, some.pairs, SOURCES, touched=some.touched)
            assert tuple(now) == _state(anew).conflicts
            before = _state(anew)


def test_a_source_that_nothing_touches_keeps_its_own_rows() -> None:
    plain = File(1, None, None, ("Normal",), (), refused=False)
    with TemporaryDirectory() as folder:
        cache = Path(folder)
        first = _night(State(""), "owner", {"0.png": plain}, cache, is_whole=True)
        other = replace(plain, picture=5)
        second = _night(_state(first), "trainer", {"0.png": other}, cache, is_whole=True)
    assert second.records["owner"] is first.records["owner"]
    assert second.touched == {"trainer/0.png"}


def test_a_chain_of_patients_pictures_and_pairs_is_followed_to_its_end() -> None:
    def row(path: str, **cells: str) -> Record:
        return Record(source="set", path=path, blob="0" * 40, **cells)  # type: ignore[arg-type]

    rows = (
        row("a", patient_id="set/1"),
        row("b", patient_id="set/1", image_id="c19-0000000000000001"),
        row("c", image_id="c19-0000000000000001"),
        row("d", series_id="s"),
        row("e", series_id="s"),
        row("f"),
    )
    pair = Pair(a="set/c", b="set/d", kind="part")
    before = {"set": rows}
    now = standing(before, {"set": (replace(rows[0], view="PA"), *rows[1:])})
    assert now.changed == {"set/a"}
    assert reached(before, now, [pair], [pair]) == {f"set/{name}" for name in "abcde"}
    undecided = replace(pair, kind="undecided")
    assert reached(before, now, [undecided], [undecided]) == {"set/a", "set/b", "set/c"}


def test_a_row_is_found_by_its_key() -> None:
    rows = tuple(Record(source="set", path=path, blob="0" * 40) for path in ("a/1", "b"))
    assert at({"set": rows}, "set/a/1") is rows[0]
    assert at({"set": rows}, "set/a") is None
    assert at({"set": rows}, "other/b") is None


def test_what_nothing_touches_is_not_read() -> None:
    plain = File(1, None, None, ("Normal",), (), refused=False)
    with TemporaryDirectory() as folder:
        cache = Path(folder)
        before = _night(State(""), "owner", {"0.png": plain}, cache, is_whole=True)
        unread = _unread(_state(before))
        other = replace(plain, picture=5)
        finds_nothing = mock.Mock(return_value=((), ()))  # a search looks at all pictures
        with mock.patch(f"{__name__}._found", finds_nothing):
            after = _night(unread, "trainer", {"0.png": other}, cache, is_whole=True)
    assert after.records["owner"] is unread.records["owner"]
    assert "unread" in repr(unread.records["owner"])
