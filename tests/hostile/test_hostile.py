"""One night over everything hostile: each input is refused or harmless, and the rest goes on."""

import csv
import io
from pathlib import Path

import pytest

from flows.night.reporting import console
from tests.flows.text.test_escape import LIVE, MARKDOWN
from tests.hostile import repositories, servers
from tests.hostile.night import GOOD, Outcome, run
from tests.hostile.words import MARK

pytestmark = pytest.mark.slow  # the night over all of the corpus takes two minutes


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return run(tmp_path_factory.mktemp("hostile"))


def test_no_input_is_lost(night: Outcome) -> None:
    assert night.lost == []
    assert night.tried > 900
    assert f"{night.tried:,} hostile inputs tried" in str(night)


def test_the_rest_of_the_night_goes_on(night: Outcome) -> None:
    rows = night.collection.records("good")
    assert sorted(rows) == sorted(GOOD)
    assert {row.status for row in rows.values()} == {"active"}
    large = night.collection.records("trap-large-file")
    refused = {path for path, row in large.items() if row.status == "refused"}
    assert refused == {"images/large.png"}
    assert large["images/0.png"].status == "active"


def test_what_must_be_refused_is_refused_with_its_reason(night: Outcome) -> None:
    for name in (*(f"trap-{trap}" for trap in repositories.REFUSED), *repositories.URLS):
        if name != "trap-odd-mode":  # git reads an odd mode as the file it is
            assert night.refused[f"repositories/{name}"], name
    for kind in servers.KINDS:
        assert night.refused[f"servers/{kind}"], kind
    bombs = [name for name in night.refused if name.startswith("files/bomb-")]
    assert len(bombs) >= 9
    assert all(why.isprintable() and len(why) < 600 for why in night.refused.values())


def test_nothing_ran_and_no_path_left_its_folder(night: Outcome) -> None:
    assert not night.ran.exists()
    assert not list(Path.cwd().glob("ran*"))
    outside = {
        path.name for path in night.collection.folder.parent.iterdir() if path.suffix != ".git"
    }
    assert outside == {"collection", "collection-cache", "servers", "servers-cache"}


def test_no_table_that_people_open_holds_a_formula(night: Outcome) -> None:
    cells = csv.reader(io.StringIO(night.collection.file("datasets/problems.csv"), newline=""))
    odd = [cell for row in cells for cell in row if cell.startswith(("=", "+", "-", "@", "\t"))]
    assert odd == []


def test_no_word_of_theirs_acts_in_the_proposal(night: Outcome) -> None:
    body = (night.collection.pages / "body.md").read_text(encoding="utf-8")
    inline = [token for token in MARKDOWN.parse(body) if token.type == "inline"]
    spans = [part for token in inline for part in token.children or ()]
    message = [part.content for part in spans if part.type == "text" and MARK in part.content]
    assert [words for words in message if LIVE.search(words)] == []
    acting = [part for part in spans if part.type in ("html_inline", "link_open", "image")]
    assert not any(MARK in f"{part.content}{part.attrs}" for part in acting)


def test_no_word_of_theirs_commands_a_workflow(night: Outcome) -> None:
    lines = console.lines(night.report)
    assert not any("::" in line or "##[" in line or "\x1b" in line for line in lines)
