"""Read what people answer to a proposal: ticked boxes in its body, `/sync` commands in comments.

Whether somebody may command is the forge's question; this module only understands.
"""

import datetime as dt
import re
import shlex
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, unquote

from flows.text.escape import code


@dataclass(frozen=True, slots=True)
class Rebuild:
    """Build the proposal anew from the base, over whatever is on its branch."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Write nothing until the hold is taken away."""


@dataclass(frozen=True, slots=True)
class Ignore:
    """Do not visit a source until a day; `None` leaves the length to the policy."""

    source: str
    until: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Revert:
    """Keep a source at an earlier upstream commit; `None` is the one before its last change."""

    source: str
    commit: str | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """Let a source move on that was pinned, at a commit that only the decisions know."""

    source: str
    commit: str | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """Two pictures, by key or image_id, are the same one or are not."""

    a: str
    b: str
    verdict: Literal["same", "different"]


@dataclass(frozen=True, slots=True)
class Diagnosed:
    """What a picture shows, by key or image_id, where its sources contradict each other."""

    image: str
    value: str


@dataclass(frozen=True, slots=True)
class Misunderstood:
    """What was asked, and what could be asked instead; both are Markdown for a reply."""

    text: str
    help: str


Answer = Rebuild | Hold | Ignore | Revert | Release | Judged | Diagnosed

HELP = """I know these commands, each on a line of its own:

- `/sync rebuild`: build this proposal anew, over what is on its branch
- `/sync hold`: leave it as it is until the label `sync:hold` is taken off
- `/sync ignore NAME` or `/sync ignore NAME until 2026-12-24`: leave a source alone for a while
- `/sync revert NAME` or `/sync revert NAME to COMMIT`: keep a source at the upstream commit \
before its last change, or at an earlier one
- `/sync release NAME`: let it move on again
- `/sync same A B`: two pictures are the same one
- `/sync different A B`: they are not
- `/sync finding A VALUE`: what a picture shows, where its sources contradict each other; VALUE is \
a finding of `config/vocabulary.toml`, as `COVID-19` or `"No finding"`

A and B are `source/path` as in the manifest, in quotes or backticks where there are spaces, \
or image ids (`c19-…`)."""

_BOX = re.compile(r"^\s*(?:[-*+]|\d+[.)]) \[[xX]\] .*<!-- covid19-images:(box [^<>]*?) -->")
_COMMAND = re.compile(r"/sync(?:\s+(.*))?$")
_COMMIT = re.compile(r"[0-9a-fA-F]{7,40}")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")


def box(answer: Answer, words: str) -> str:
    """Write a box to tick, with a mark that says what a tick means.

    Args:
        answer: What a tick means.
        words: What people read, in Markdown.
    """
    match answer:
        case Rebuild():
            parts = ["rebuild"]
        case Hold():
            parts = ["hold"]
        case Ignore(source=source, until=until):
            parts = ["ignore", source, *([until.isoformat()] if until else [])]
        case Revert(source=source, commit=commit):
            parts = ["revert", source, *([commit] if commit else [])]
        case Release(source=source):
            parts = ["release", source]
        case Judged(a=a, b=b, verdict=verdict):
            parts = [verdict, a, b]
        case Diagnosed(image=image, value=value):
            parts = ["finding", image, value]
    mark = " ".join(quote(part, safe="/").replace("-", "%2D") for part in parts)
    return f"- [ ] {words} <!-- covid19-images:box {mark} -->"


def answer_of(line: str) -> Answer | None:
    """Return what a tick in a box's line would mean, ticked or not; `None` for no box of ours."""
    found = _BOX.match(line.replace("- [ ]", "- [x]", 1))
    return _answer([unquote(word) for word in found[1].split(" ")[1:]]) if found else None


def ticked_marks(body: str) -> tuple[str, ...]:
    """Return the marks of the boxes that are ticked."""
    return tuple(found[1] for line in body.splitlines() if (found := _BOX.match(line)))


def read_checkboxes(
    body: str, *, as_written: Collection[str] = ()
) -> tuple[Answer | Misunderstood, ...]:
    """Read the boxes people ticked; what they wrote around the marks does not matter.

    Args:
        body: The body as it is now.
        as_written: The marks of boxes that were ticked when it was written: nobody ticked these.
    """
    ticked = [mark.split(" ")[1:] for mark in ticked_marks(body) if mark not in as_written]
    answers = [_answer([unquote(word) for word in words]) for words in ticked]
    return tuple(_settled([answer for answer in dict.fromkeys(answers) if answer]))


def read_commands(comment: str) -> tuple[Answer | Misunderstood, ...]:
    """Read the commands of a comment; only at the beginning of a line, not in code or quotes."""
    return tuple(_understood(line) for line in _spoken(comment) if _COMMAND.match(line))


def _understood(line: str) -> Answer | Misunderstood:
    words = _words(line)
    if words == ["help"]:
        return Misunderstood("At your service.", HELP)
    return _answer(words) or Misunderstood(f"I do not understand {code(line)}.", HELP)


def _spoken(comment: str) -> Iterator[str]:
    """Return the lines a person wrote, without fenced code; quotes do not begin with a command."""
    fence = ""
    for line in comment.splitlines():
        found = _FENCE.match(line)
        if fence:
            # A fence ends with at least as many of its own marks, and nothing after them.
            if found and found[1].startswith(fence) and not line[found.end() :].strip():
                fence = ""
        elif found:
            fence = found[1]
        else:
            yield line.rstrip()


def _words(line: str) -> list[str]:
    """Split a command as a person means it: quotes and backticks keep spaces together."""
    lexer = shlex.shlex(line, posix=True)
    lexer.whitespace_split, lexer.commenters = True, ""
    lexer.quotes, lexer.escape = "\"'`", ""
    try:
        return list(lexer)[1:]
    except ValueError:  # a quote is not closed
        return []


def _answer(words: list[str]) -> Answer | None:
    match words:
        case ["rebuild"]:
            return Rebuild()
        case ["hold"]:
            return Hold()
        case ["ignore", source]:
            return Ignore(source)
        case ["ignore", source, "until", day] | ["ignore", source, day] if until := _day(day):
            return Ignore(source, until)
        case ["revert", source]:
            return Revert(source)
        case ["revert", source, "to", commit] | ["revert", source, commit]:
            return Revert(source, commit.lower()) if _COMMIT.fullmatch(commit) else None
        case ["release", source]:
            return Release(source)
        case ["same" | "different" as verdict, a, b] if a != b:
            return Judged(a, b, verdict)
        case ["finding", image, *value] if value:
            return Diagnosed(image, " ".join(value))
    return None


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else None
    except ValueError:
        return None


def _settled(answers: list[Answer]) -> Iterator[Answer | Misunderstood]:
    """Replace two opposite ticks for one pair by a question."""
    asked = set()
    for answer in answers:
        if not isinstance(answer, Judged):
            yield answer
            continue
        pair = frozenset((answer.a, answer.b))
        verdicts = {x.verdict for x in answers if isinstance(x, Judged) and {x.a, x.b} == pair}
        if len(verdicts) == 1:
            yield answer
        elif pair not in asked:
            asked.add(pair)
            both = f"{code(answer.a)} and {code(answer.b)}"
            yield Misunderstood(f"Both boxes are ticked for {both}.", "Tick only one of the two.")
