"""A job that computes may be taken over by what it reads: its handover is hostile."""

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from covid19_images.manifest import table
from covid19_images.manifest.record import Record
from flows.handover import HandoverError
from flows.handover.model import Handover
from flows.handover.unpack import unpack
from tests.flows.handover.night import TwoJobs

Change = Callable[[Path, dict[str, Any]], None]


def file(path: str, content: bytes) -> Change:
    """Propose a file."""

    def change(plan: Path, told: dict[str, Any]) -> None:
        digest = hashlib.sha256(content).hexdigest()
        (plan / "content" / digest).write_bytes(content)
        told["proposal"]["files"][path] = digest

    return change


def key(name: str, value: Any, *, where: str = "proposal") -> Change:
    def change(plan: Path, told: dict[str, Any]) -> None:
        (told[where] if where else told)[name] = value

    return change


def _link(plan: Path, told: dict[str, Any]) -> None:
    body = plan / "content" / told["proposal"]["body"]
    body.unlink()
    body.symlink_to("/etc/passwd")


def _other(plan: Path, told: dict[str, Any]) -> None:
    (plan / "content" / told["proposal"]["body"]).write_bytes(b"other words")


def _sparse(plan: Path, told: dict[str, Any]) -> None:
    with (plan / "content" / told["proposal"]["body"]).open("wb") as huge:
        huge.truncate(2**31)


SHA = "1" * 40
FORM: dict[str, tuple[Change, str]] = {
    "a path that escapes": (file("../../etc/cron.d/x", b"x"), "not a path inside"),
    "an absolute path": (file("/etc/cron.d/x", b"x"), "not a path inside"),
    "git's own folder": (file("datasets/.git/config", b"x"), "not a path inside"),
    "a content that is a link": (_link, "no plain file"),
    "a content that is another": (_other, "not what its name says"),
    "a content that is too large": (_sparse, "too large"),
    "a content whose name escapes": (key("body", "../proposal.json"), "String should match"),
    "a missing content": (key("body", "0" * 64), "cannot be read"),
    "other parts than were put together": (key("title", "harmless"), "its parts are not"),
    "an unknown key": (key("more", 1), "Extra inputs"),
    "another schema": (key("schema", 2, where=""), "less than or equal"),
    "a pin that is no commit": (key("pins", {"set": "HEAD"}), "String should match"),
    "a source like an option": (key("pins", {"--exec=x": SHA}), "String should match"),
    "a sheet that escapes": (
        key(
            "sheets",
            [
                {
                    "name": "../x.jpg",
                    "content": "0" * 64,
                    "media_type": "image/jpeg",
                    "alt": "",
                    "caption": "",
                }
            ],
        ),
        "String should match",
    ),
}
MEANING: dict[str, tuple[Change, str]] = {
    "a workflow": (file(".github/workflows/x.yml", b"on: push"), "none of the bot's files"),
    "code": (file("flows/night/run.py", b"import os"), "none of the bot's files"),
    "another config": (file("config/policy.toml", b""), "none of the bot's files"),
    "decisions nobody took": (file("config/decisions.toml", b""), "other decisions than people"),
    "a submodule elsewhere": (
        file(".gitmodules", b'[submodule "datasets/set"]\n\tpath = flows\n\turl = https://evil/\n'),
        "names other places",
    ),
    "a manifest of another source": (
        file("datasets/manifest/evil.csv", b"source\n"),
        "datasets/manifest/evil.csv",
    ),
    "a manifest that is none": (file("datasets/manifest/set.csv", b"=cmd()"), "datasets/manifest"),
    "rows that contradict themselves": (
        file(
            "datasets/manifest/set.csv",
            table.dumps(
                [Record(source="set", path="x.png", blob="0" * 40, status="refused")]
            ).encode(),
        ),
        "is refused without a status_reason",
    ),
    "a table that is none": (file("datasets/sources.csv", b"x"), "sources.csv: the header differs"),
    "another pin": (key("pins", {"set": SHA}), "its pins are not"),
    "a source nobody configured": (key("pins", {"evil": SHA}), "no source 'evil'"),
    "other commits than the table": (key("described", {"set": SHA}), "the commits it names differ"),
}


BOX = "<!-- covid19-images:box"


def words(*lines: str) -> Change:
    """Add lines to the words."""

    def change(plan: Path, told: dict[str, Any]) -> None:
        there = (plan / "content" / told["proposal"]["body"]).read_text()
        content = "\n".join([there, *lines, ""]).encode()
        digest = hashlib.sha256(content).hexdigest()
        (plan / "content" / digest).write_bytes(content)
        told["proposal"]["body"] = digest

    return change


def ticked(plan: Path, told: dict[str, Any]) -> None:
    there = (plan / "content" / told["proposal"]["body"]).read_text()
    assert f"- [ ] leave set alone for 30 days {BOX} ignore set -->" in there
    content = there.replace("- [ ] leave", "- [x] leave").encode()
    digest = hashlib.sha256(content).hexdigest()
    (plan / "content" / digest).write_bytes(content)
    told["proposal"]["body"] = digest


def sheet(name: str, text: str) -> Change:
    """Change the words of the first sheet."""

    def change(plan: Path, told: dict[str, Any]) -> None:
        told["proposal"]["sheets"][0][name] = text

    return change


WORDS: dict[str, tuple[Change, str]] = {
    "a ticked box": (ticked, "a mark that no night writes"),
    "a box that means another thing": (
        words(f"- [ ] build this proposal anew, over what is on its branch {BOX} ignore set -->"),
        "a mark that no night writes",
    ),
    "a box for a source nobody configured": (
        words(f"- [ ] leave evil alone for 30 days {BOX} ignore evil -->"),
        "a mark that no night writes",
    ),
    "a box that is a numbered line": (
        words(f"1. [x] leave set alone for 30 days {BOX} ignore set -->"),
        "a mark that no night writes",
    ),
    "a record": (words("<!-- covid19-images:record {} -->"), "a mark that no night writes"),
    "a mention": (words("@maintainer look"), "a live '@'"),
    "a mention behind a bar": (words("| a |", "| - |", "| `b | @maintainer` |"), "a live '`'"),
    "a mention behind an escaped backtick": (words(r"\`@maintainer`"), "a live '@'"),
    "a closing word": (words("closes #1"), "a live '#'"),
    "a closing word with an address": (
        words("closes https://github.com/maintainer/collection/issues/1"),
        "a live '://'",
    ),
    "a closing word as people wrote it once": (words("closes GH-1"), "a live 'GH-1'"),
    "a tracker": (words("![](https://evil.example/x.png)"), "a link to another place"),
    "a tracker in HTML": (words('<img src="https://evil.example/x.png">'), "a live '<'"),
    "a script": (words("<script>alert(1)</script>"), "a live '<'"),
    "a link to another host": (
        words("[`log in`](https://github.com.evil.example/a/b/tree/1111111)"),
        "a link to another place",
    ),
    "a link to another page": (
        words("[`log in`](https://github.com/login/oauth/authorize?client_id=1)"),
        "a link to another place",
    ),
    "a link by reference": (words("[log in][1]", "", "[1]: //evil.example"), r"a live '\['"),
    "an address as it is": (words("www.evil.example"), "a live 'www.'"),
    "an entity": (words("&#64;maintainer"), "a live '&'"),
    "a fence": (words("```", "a"), "a fence"),
    "a character nobody sees": (words("a\u202eb"), "a character that nobody sees"),
    "a title that mentions": (
        key("title", "1 source moved: 1 new image @all"),
        "its title is none",
    ),
    "a title that closes": (key("title", "closes #1"), "its title is none"),
    "another title than its words": (key("title", "What people decided"), "do not begin with"),
    "a mention under a sheet": (
        sheet("caption", "@maintainer"),
        "words of a sheet hold a live '@'",
    ),
    "a link in a sheet": (sheet("alt", "x](https://evil.example) ![y"), "of a sheet hold a live"),
}


def rows(change_text: Callable[[str], str]) -> Change:
    """Change the manifest of the source."""
    path = "datasets/manifest/set.csv"

    def change(plan: Path, told: dict[str, Any]) -> None:
        there = (plan / "content" / told["proposal"]["files"][path]).read_text()
        assert change_text(there) != there
        file(path, change_text(there).encode())(plan, told)

    return change


ROWS: dict[str, tuple[Change, str]] = {
    "a row that stands there twice": (
        rows(lambda text: text + text.splitlines()[-1] + "\n"),
        "stands in the manifest twice",
    ),
    "an image_id of another picture": (
        rows(lambda text: re.sub(r"c19-[0-9a-f]{16}", "c19-" + "0" * 16, text)),
        "its image_id is not the beginning",
    ),
}
REPLAYED: dict[str, tuple[Change, str]] = {
    "an old one": (key("now", "2020-01-01T00:00:00Z", where=""), "it was computed at 2020"),
    "one of tomorrow": (key("now", "2999-01-01T00:00:00Z", where=""), "it was computed at 2999"),
}


def put_together(plan: Path, told: dict[str, Any]) -> None:
    """Make the digest right, as somebody who has the program would."""
    from flows.handover.unpack import _contents, _digests, _proposal

    proposed = Handover.model_validate(told).proposal
    assert proposed is not None
    contents = _contents(plan / "content", set(_digests(proposed)))
    told["proposal"]["content"] = _proposal(proposed, contents).content_hash


@pytest.mark.parametrize("what", [*FORM, *MEANING, *WORDS, *ROWS, *REPLAYED])
def test_it_is_refused_and_nothing_is_written(jobs: TwoJobs, what: str):
    jobs.compute()
    mark = jobs.world.hub.mark()
    index = jobs.plan / "proposal.json"
    told = json.loads(index.read_text())
    change, said = (FORM | MEANING | WORDS | ROWS | REPLAYED)[what]
    change(jobs.plan, told)
    if what not in FORM:
        put_together(jobs.plan, told)
    index.write_text(json.dumps(told))
    with pytest.raises(HandoverError, match=said):
        jobs.propose()
    assert jobs.world.hub.writes_since(mark) == []


@given(
    st.binary(max_size=300)
    | st.recursive(
        st.none() | st.integers() | st.text(max_size=9),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["schema", "base", "now", "feedback_token", "health", "proposal", "x"]
                ),
                inner,
            )
        ),
        max_leaves=9,
    ).map(lambda value: json.dumps(value).encode())
)
def test_whatever_stands_there_is_refused_with_a_sentence(tmp_path_factory, content: bytes):
    folder = tmp_path_factory.mktemp("plan")
    (folder / "proposal.json").write_bytes(content)
    with pytest.raises(HandoverError, match="Nothing was written"):
        unpack(folder)
