"""What a night says in a log, where lines can be commands."""

import json

import pytest

from flows.forge import Applied
from flows.night.reporting import console
from flows.night.run import Report
from tests.flows.proposal.small_night import CHANGES, HOSTILE, hostile

DONE = Applied("nothing", "Nothing to propose.")


@pytest.mark.parametrize("text", [*HOSTILE, "x\n::add-mask::y", "::error::z"])
def test_no_upstream_commands_a_workflow_or_a_terminal(text: str) -> None:
    printed = "\n".join(console.lines(Report((hostile(text),), None, DONE)))
    assert len(printed.splitlines()) == 4
    assert "\x1b" not in printed
    assert "##[" not in printed
    assert not [line for line in printed.splitlines() if line.lstrip().startswith("::")]


def test_a_small_night_is_said_in_a_line_a_source() -> None:
    words = console.lines(Report(CHANGES, None, DONE))
    assert words[0] == (
        "journal  moved on (5 images): 3 new images, 1 renamed, 1 removed, 1 relabelled, "
        "2 problems to look at"
    )
    assert "quiet    unchanged (10 images)" in words
    assert [line for line in words if "waits for a person" in line] == [
        "         waits for a person: 1 of 4 images are gone upstream"
    ]
    assert words[-1] == "Nothing to propose."


def test_programs_are_told_the_same() -> None:
    values = json.loads(console.as_json(Report(CHANGES, None, DONE)))
    assert [one["outcome"] for one in values["sources"]] == [
        "Advanced",
        "Advanced",
        "Gone",
        "Unchanged",
    ]
