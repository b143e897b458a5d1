"""The plan: exactly the files and pins that differ, and words that explain them."""

import base64
import configparser
import datetime as dt
import io
from dataclasses import replace
from typing import Any

from PIL import Image

from covid19_images.manifest import table
from flows.collection import state
from flows.collection.state import SourceRow, State
from flows.proposal.pictures import Pictures, Thumbnail
from flows.proposal.plan import plan
from flows.proposal.proposal import Collection, Proposal
from tests.flows.proposal.small_night import CHANGES, COPY, FOLDERS, JOURNAL, NEW, PAIR, PROBLEMS

DAY = dt.date(2020, 4, 1)
ROWS = {"journal": SourceRow("journal", "b" * 40, "f" * 16, 1)}
BEFORE = State("0" * 40)
AFTER = Collection({"journal": (NEW,)}, ROWS, (), ())


def _plan(
    before: State = BEFORE, after: Collection = AFTER, date: dt.date | None = DAY, **values: Any
) -> Proposal | None:
    return plan(before, after, [JOURNAL, FOLDERS], values.get("changes", CHANGES[:1]), date)


def _made(*args: Any, **values: Any) -> Proposal:
    proposal = _plan(*args, **values)
    assert proposal is not None
    return proposal


def _merged(proposal: Proposal, after: Collection) -> State:
    """Return the state of a commit that merged a proposal."""
    return State(
        "1" * 40,
        proposal.pins,
        after.described,
        after.records,
        after.pairs,
        after.problems,
        proposal.files[state.CHANGES].decode(),
        proposal.files[state.GITMODULES].decode(),
        catalogue=proposal.files[state.CATALOGUE].decode(),
    )


def test_a_first_night_proposes_pins_manifest_and_words() -> None:
    proposal = _made()
    assert proposal.pins == {"journal": "b" * 40}
    assert sorted(proposal.files) == [
        ".gitmodules",
        "datasets/CHANGES.json",
        "datasets/CHANGES.md",
        "datasets/manifest/journal.csv",
        "datasets/sources.csv",
        "docs/catalogue.md",
    ]
    assert table.loads(proposal.files["datasets/manifest/journal.csv"].decode()) == [NEW]
    assert proposal.title.startswith("1 source moved: 3 new images")
    assert proposal.review_reasons == ("journal: 1 of 4 images are gone upstream",)
    assert f"# {proposal.title}" in proposal.body
    assert proposal.title in proposal.page


def test_what_is_merged_is_not_proposed_again() -> None:
    assert _plan(_merged(_made(), AFTER), AFTER) is None


def test_only_what_differs_is_proposed() -> None:
    after = replace(AFTER, pairs=(PAIR,), problems=PROBLEMS)
    proposal = _made(_merged(_made(), AFTER), after)
    assert sorted(proposal.files) == [
        "datasets/CHANGES.json",
        "datasets/CHANGES.md",
        "datasets/duplicates.csv",
        "datasets/problems.csv",
    ]
    assert proposal.pins == {}


def test_a_source_whose_rows_are_all_gone_keeps_an_empty_manifest() -> None:
    after = replace(AFTER, records={"journal": ()})
    proposal = _made(_merged(_made(), AFTER), after)
    assert proposal.files["datasets/manifest/journal.csv"].decode() == table.dumps([])


def test_changes_are_told_newest_first_under_one_title() -> None:
    first = _made()
    after = replace(AFTER, records=AFTER.records | {"folders": (COPY,)})
    later = _made(_merged(first, AFTER), after, DAY + dt.timedelta(days=1))
    text = later.files[state.CHANGES].decode()
    headings = [line for line in text.splitlines() if line.startswith(("# ", "## "))]
    assert headings == [
        "# Changes of the collection",
        "## Upstream as of 2020-04-02",
        "## Upstream as of 2020-04-01",
    ]
    assert text.endswith("\n")
    assert "\n\n\n" not in text


def test_a_night_without_upstream_changes_says_so() -> None:
    text = _made(date=None).files[state.CHANGES].decode()
    assert "## Without upstream changes" in text


def test_gitmodules_keeps_what_people_wrote_but_for_sources_without_configuration() -> None:
    written = (
        '[submodule "datasets/journal"]\n\tpath = datasets/journal\n\turl = https://x/old\n'
        '\tupdate = none\n[submodule "datasets/old"]\n\tpath = datasets/old\n'
        '[submodule "tools/x"]\n\tpath = tools/x\n\turl = ../x\n'
    )
    text = _made(replace(BEFORE, gitmodules=written)).files[state.GITMODULES].decode()
    modules = configparser.RawConfigParser()
    modules.read_string(text.replace("\t", ""))
    assert modules.sections() == ['submodule "datasets/journal"', 'submodule "tools/x"']
    assert dict(modules['submodule "datasets/journal"']) == {
        "path": "datasets/journal",
        "update": "none",
        "url": JOURNAL.url,
    }


def test_the_digest_tells_whether_the_same_is_proposed() -> None:
    proposal = _made()
    assert proposal.content_hash == _made().content_hash
    for other in (
        replace(proposal, title="x"),
        replace(proposal, body="x"),
        replace(proposal, pins={"journal": "c" * 40}),
        replace(proposal, files=proposal.files | {"x": b""}),
        replace(proposal, files=proposal.files | {state.CHANGES: b"x"}),
    ):
        assert other.content_hash != proposal.content_hash


def test_the_order_of_sources_does_not_show() -> None:
    after = replace(AFTER, records={"journal": (NEW,), "folders": (COPY,)})
    other = replace(AFTER, records={"folders": (COPY,), "journal": (NEW,)})
    assert _made(after=after) == _made(after=other)


def test_the_pictures_it_is_given_are_on_its_page() -> None:
    encoded = io.BytesIO()
    Image.new("L", (8, 8), 90).save(encoded, "WEBP")
    drawn = Thumbnail(encoded.getvalue(), 8, 8)
    found = [JOURNAL], CHANGES[:1], DAY
    proposal = plan(BEFORE, AFTER, *found, pictures=Pictures({NEW.blob: drawn}))
    assert proposal is not None
    assert base64.b64encode(drawn.webp).decode() in proposal.page
