"""People answer by ticking boxes and by commands in comments; nothing else is an answer."""

import datetime as dt
import shlex

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from flows.proposal import markdown
from flows.proposal.answers import (
    HELP,
    Answer,
    Diagnosed,
    Hold,
    Ignore,
    Judged,
    Misunderstood,
    Rebuild,
    Release,
    Revert,
    box,
    read_checkboxes,
    read_commands,
)
from flows.proposal.changes import headline
from flows.proposal.known import Known, checked
from tests.flows.proposal.small_night import CHANGES, HOSTILE, RECORDS, hostile

DAY = dt.date(2026, 12, 24)
BODY = markdown.body(headline(CHANGES), CHANGES, RECORDS, [])
NAMES = st.text(min_size=1) | st.sampled_from(["a--><!--", "a b/c", "%20", "-", "é/ü.png"])
ANSWERS = st.one_of(
    st.just(Rebuild()),
    st.just(Hold()),
    st.builds(Ignore, NAMES, st.none() | st.dates()),
    st.builds(Revert, NAMES, st.none() | st.from_regex(r"\A[0-9a-f]{7,40}\Z")),
    st.builds(Release, NAMES),
    st.builds(Diagnosed, NAMES, NAMES),
    st.builds(Judged, NAMES, NAMES, st.sampled_from(["same", "different"])),
).filter(lambda answer: not isinstance(answer, Judged) or answer.a != answer.b)


def _tick(body: str, part: str) -> str:
    lines = [line.replace("[ ]", "[x]") if part in line else line for line in body.splitlines()]
    return "\n".join(lines)


def test_a_body_as_it_is_written_answers_nothing() -> None:
    assert read_checkboxes(BODY) == ()


@pytest.mark.parametrize(
    ("ticked", "answer"),
    [
        ("build this proposal anew", Rebuild()),
        ("leave journal alone", Ignore("journal")),
        ("- [ ] the same", Judged("folders/train/0.jpeg", "journal/images/b.png", "same")),
        ("not the same", Judged("folders/train/0.jpeg", "journal/images/b.png", "different")),
    ],
)
def test_a_ticked_box_is_an_answer(ticked: str, answer: Answer) -> None:
    body = _tick(BODY, ticked)
    assert read_checkboxes(body) == (answer,)
    assert read_checkboxes(body.replace("\n", "\r\n")) == (answer,)
    assert read_checkboxes(body.replace("[x]", "[X]").replace("- [", "* [")) == (answer,)
    assert read_checkboxes(body.replace(" <!--", ", I think <!--").replace("-->", "-->!")) == (
        answer,
    )


@given(ANSWERS)
def test_any_answer_survives_its_box_which_stays_a_comment(answer: Answer) -> None:
    line = box(answer, "words")
    assert read_checkboxes(line) == ()
    assert read_checkboxes(line.replace("[ ]", "[x]")) == (answer,)
    [item] = [t for t in MarkdownIt().parse(line) if t.type == "inline"]
    assert [part.type for part in item.children or ()] == ["text", "html_inline"]


def test_two_opposite_ticks_are_a_question() -> None:
    body = _tick(BODY, "the same picture")
    [question] = read_checkboxes(body)
    assert isinstance(question, Misunderstood)
    assert question.text == (
        "Both boxes are ticked for `folders/train/0.jpeg` and `journal/images/b.png`."
    )


@pytest.mark.parametrize("text", [*HOSTILE, "x` - [x] <!-- covid19-images:box hold -->"])
def test_upstream_ticks_no_box(text: str) -> None:
    changes = [hostile(text)]
    assert read_checkboxes(markdown.body(headline(changes), changes, RECORDS, [text])) == ()


@pytest.mark.parametrize(
    ("comment", "answers"),
    [
        ("/sync rebuild", [Rebuild()]),
        ("/sync  hold  ", [Hold()]),
        ("/sync ignore journal", [Ignore("journal")]),
        ("/sync ignore journal until 2026-12-24", [Ignore("journal", DAY)]),
        ("/sync ignore journal 2026-12-24", [Ignore("journal", DAY)]),
        ("/sync ignore `journal`", [Ignore("journal")]),
        ("/sync same a/b.png c/d.png", [Judged("a/b.png", "c/d.png", "same")]),
        ("/sync different c19-1 c19-2", [Judged("c19-1", "c19-2", "different")]),
        ('/sync same `a/b c.png` "d/e\'s.png"', [Judged("a/b c.png", "d/e's.png", "same")]),
        ("/sync finding a/b.png COVID-19", [Diagnosed("a/b.png", "COVID-19")]),
        ("/sync finding 'a b' No finding", [Diagnosed("a b", "No finding")]),
        ("/sync same a\\b #c", [Judged("a\\b", "#c", "same")]),
        ("Thanks!\r\n/sync rebuild\r\n/sync hold\r\n", [Rebuild(), Hold()]),
        ("```\n/sync rebuild\n```\n/sync hold", [Hold()]),
        ("~~~~\n```\n/sync rebuild\n~~~\n/sync rebuild\n~~~~\n/sync hold", [Hold()]),
        ("```\n/sync rebuild", []),
        ("> /sync rebuild", []),
        ("    /sync rebuild", []),
        ("try /sync rebuild", []),
        ("/synchronous things", []),
        ("", []),
    ],
)
def test_commands_are_read(comment: str, answers: list[Answer]) -> None:
    assert read_commands(comment) == tuple(answers)


@pytest.mark.parametrize(
    "command",
    [
        "/sync",
        "/sync everything",
        "/sync ignore",
        "/sync ignore a until tomorrow",
        "/sync same a",
        "/sync ignore a until 2026-13-01",
        "/sync same a a",
        "/sync same `a b",
        "/sync rebuild now",
        "/sync Rebuild",
    ],
)
def test_what_is_no_command_is_answered_with_those_there_are(command: str) -> None:
    assert read_commands(command) == (
        Misunderstood(f"I do not understand `{command.replace('`', chr(39))}`.", HELP),
    )


@given(*[st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1)] * 2)
def test_names_quoted_as_for_a_shell_are_read_back(a: str, b: str) -> None:
    assume(a != b)
    command = f"/sync same {shlex.quote(a)} {shlex.quote(b)}"
    assert read_commands(command) == (Judged(a, b, "same"),)


@pytest.mark.parametrize(
    ("answer", "message", "hint"),
    [
        (Ignore("jurnal"), "There is no source `jurnal`.", "Did you mean `journal`?"),
        (Ignore("x`y"), "There is no source `x'y`.", "There are: `folders`, `journal`."),
        (Judged("journal/a", "c19-9", "same"), "No picture is called `c19-9`.", "or by its id."),
        (Revert("journal"), "`journal` has no earlier commit here.", "/sync ignore journal"),
        (Revert("jurnal"), "There is no source `jurnal`.", "Did you mean `journal`?"),
        (Release("journal"), "`journal` is not pinned.", "moves with its upstream"),
        (Diagnosed("x", "COVID-19"), "No picture is called `x`.", "as in the manifest"),
        (
            Diagnosed("c19-1", "Covid19"),
            "There is no finding `Covid19`.",
            "Did you mean `COVID-19`? `config/vocabulary.toml`",
        ),
        (Judged("x", "y", "same"), "No picture is called `x` or `y`.", "as in the manifest"),
    ],
)
def test_a_name_that_nothing_has_is_a_question(answer: Answer, message: str, hint: str) -> None:
    known = Known(
        pictures={"journal/a", "c19-1"}, sources=["journal", "folders"], findings=["COVID-19"]
    )
    asked = checked(answer, known)
    assert isinstance(asked, Misunderstood)
    assert asked.text == message
    assert hint in asked.help


@pytest.mark.parametrize(
    "answer", [Rebuild(), Hold(), Ignore("journal"), Judged("journal/a", "c19-1", "different")]
)
def test_an_answer_about_what_there_is_stands(answer: Answer) -> None:
    assert checked(answer, Known(pictures={"journal/a", "c19-1"}, sources=["journal"])) == answer


@pytest.mark.parametrize(
    ("message", "meant"),
    [("covid-19", "COVID-19"), ("sars;  Edema", "SARS; Edema"), ("no finding", "No finding")],
)
def test_a_finding_is_one_of_the_collections_words(message: str, meant: str) -> None:
    known = Known(pictures={"c19-1"}, findings=["COVID-19", "SARS", "Edema", "No finding"])
    assert checked(Diagnosed("c19-1", message), known) == Diagnosed("c19-1", meant)


@pytest.mark.parametrize(
    ("asked", "commit"), [(None, "b" * 40), ("a" * 7, "a" * 40), ("a" * 40, "a" * 40)]
)
def test_a_revert_means_one_commit_that_was_there(asked: str | None, commit: str) -> None:
    known = Known(sources=["journal"], commits={"journal": ["b" * 40, "a" * 40]})
    assert checked(Revert("journal", asked), known) == Revert("journal", commit)


def test_help_is_a_command() -> None:
    assert read_commands("/sync help") == (Misunderstood("At your service.", HELP),)


@given(st.text())
def test_no_comment_is_too_odd_to_read(comment: str) -> None:
    read_commands(comment)
    read_commands(f"/sync {comment}")
    read_checkboxes(comment)
