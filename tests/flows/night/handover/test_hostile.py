"""A job that computes may be taken over by what it reads: its handover is hostile."""

import hashlib
import json
import re
import shutil
import sys
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from covid19_images.manifest import table
from covid19_images.manifest.record import Record
from flows.collection import problems
from flows.collection.problems import Problem
from flows.config import load
from flows.night.handover import HandoverError
from flows.night.handover.unpack import unpack
from flows.proposal.answers import read_checkboxes
from tests.flows.night.handover.night import TwoJobs
from tests.support.live_words import check_words, plain

Change = Callable[[Path, dict[str, Any]], None]


def file(path: str, content: bytes) -> Change:
    """Propose a file."""

    def change(plan: Path, document: dict[str, Any]) -> None:
        digest = hashlib.sha256(content).hexdigest()
        (plan / "content" / digest).write_bytes(content)
        document["proposal"]["files"][path] = digest

    return change


def key(name: str, value: Any, *, where: str = "proposal") -> Change:
    def change(plan: Path, document: dict[str, Any]) -> None:
        (document[where] if where else document)[name] = value

    return change


TABLE = "datasets/manifest/set.csv"


def _content(plan: Path, document: dict[str, Any]) -> Path:
    return plan / "content" / str(document["proposal"]["files"][TABLE])


def _link(plan: Path, document: dict[str, Any]) -> None:
    there = _content(plan, document)
    there.unlink()
    there.symlink_to("/etc/passwd")


def _other(plan: Path, document: dict[str, Any]) -> None:
    _content(plan, document).write_bytes(b"other rows")


def _sparse(plan: Path, document: dict[str, Any]) -> None:
    with _content(plan, document).open("wb") as huge:
        huge.truncate(2**31)


def _folder(plan: Path, document: dict[str, Any]) -> None:
    there = _content(plan, document)
    there.unlink()
    there.mkdir()


def _gone(plan: Path, document: dict[str, Any]) -> None:
    _content(plan, document).unlink()


def picture(**values: Any) -> Change:
    """Change the first small picture, or its levels."""

    def change(plan: Path, document: dict[str, Any]) -> None:
        there = next(iter(document["proposal"]["thumbnails"].values()))
        levels = values.pop("levels", None)
        if levels is not None:
            digest = hashlib.sha256(levels).hexdigest()
            (plan / "content" / digest).write_bytes(levels)
            there["content"] = digest
        there.update(values)

    return change


def seen(name: str, value: Any) -> Change:
    """Change what a night saw of the source."""

    def change(plan: Path, document: dict[str, Any]) -> None:
        document["observed"][0][name] = value

    return change


def outcome(**values: Any) -> Change:
    """Change what the upstream did."""

    def change(plan: Path, document: dict[str, Any]) -> None:
        document["observed"][0]["outcome"] = {
            **dict.fromkeys(document["observed"][0]["outcome"]),
            **values,
        }

    return change


def twice(plan: Path, document: dict[str, Any]) -> None:
    document["observed"] *= 2


def unvisited(plan: Path, document: dict[str, Any]) -> None:
    document["observed"] = []


SHA = "1" * 40
FORM: dict[str, tuple[Change, str]] = {
    "a path that escapes": (file("../../etc/cron.d/x", b"x"), "not a path inside"),
    "an absolute path": (file("/etc/cron.d/x", b"x"), "not a path inside"),
    "git's own folder": (file("datasets/.git/config", b"x"), "not a path inside"),
    "a path with a line break": (file("datasets/splits.csv\n", b"x"), "not a path inside"),
    "a content that is a link": (_link, "no plain file"),
    "a content that is a folder": (_folder, "no plain file"),
    "a content that is another": (_other, "not what its name says"),
    "a content that is too large": (_sparse, "too large"),
    "a missing content": (_gone, "cannot be read"),
    "a content whose name escapes": (key("files", {TABLE: "../x"}), "String should match"),
    "an unknown key": (key("more", 1), "Extra inputs"),
    "another schema": (key("schema", 3, where=""), "less than or equal"),
    "the schema before": (key("schema", 1, where=""), "greater than or equal"),
    "a base that is no commit": (key("base", "HEAD", where=""), "String should match"),
    "a title": (key("title", "closes #1"), "Extra inputs"),
    "a body": (key("body", "@maintainer"), "Extra inputs"),
    "a page": (key("page", "<script>alert(1)</script>"), "Extra inputs"),
    "sheets": (key("sheets", []), "Extra inputs"),
    "pins": (key("pins", {"set": SHA}), "Extra inputs"),
    "modes": (key("modes", {TABLE: "120000"}), "Extra inputs"),
    "the words of the status issue": (key("health", {}, where=""), "Extra inputs"),
    "reasons for review": (key("review_reasons", []), "Extra inputs"),
    "a picture of another size": (picture(width=7), "more or fewer levels"),
    "a picture that is huge": (picture(width=10**6), "less than or equal"),
    "a picture with a channel more": (picture(channels=4), "Input should be 1 or 3"),
    "a picture that is no levels": (picture(levels=b"RIFF\x00WEBP"), "more or fewer levels"),
    "a picture that unpacks without end": (
        picture(levels=zlib.compress(bytes(2**24))),
        "more or fewer levels",
    ),
    "a picture with something behind it": (
        picture(levels=zlib.compress(bytes(4)) + b"<script>", width=2, height=2, channels=1),
        "more or fewer levels",
    ),
}
MEANING: dict[str, tuple[Change, str]] = {
    "a workflow": (file(".github/workflows/x.yml", b"on: push"), "none of the bot's files"),
    "code": (file("flows/night/run.py", b"import os"), "none of the bot's files"),
    "another config": (file("config/policy.toml", b""), "none of the bot's files"),
    "a source": (file("config/sources/evil.toml", b""), "none of the bot's files"),
    "a file where a submodule is": (file("datasets/set", b"x"), "none of the bot's files"),
    "a shard": (file("datasets/manifest/set/00ff.parquet", b"PAR1"), "none of the bot's files"),
    "an index": (file("datasets/manifest/set/shards.csv", b"name\n"), "none of the bot's files"),
    "a changelog": (file("datasets/CHANGES.md", b"closes #1"), "none of the bot's files"),
    "changes for programs": (file("datasets/CHANGES.json", b"{}"), "none of the bot's files"),
    "decisions nobody took": (file("config/decisions.toml", b""), "other decisions than people"),
    "a submodule elsewhere": (
        file(".gitmodules", b'[submodule "datasets/set"]\n\tpath = flows\n\turl = https://evil/\n'),
        "none of the bot's files",
    ),
    "a manifest of another source": (
        file("datasets/manifest/evil.csv", b"source\n"),
        "datasets/manifest/evil.csv",
    ),
    "a manifest that is none": (file(TABLE, b"=cmd()"), "datasets/manifest"),
    "rows that contradict themselves": (
        file(
            TABLE,
            table.dumps(
                [Record(source="set", path="x.png", blob="0" * 40, status="refused")]
            ).encode(),
        ),
        "is refused without a status_reason",
    ),
    "a table that is none": (file("datasets/sources.csv", b"x"), "sources.csv: the header differs"),
    "a deletion of what is configured": (key("deleted", ["datasets/set"]), "would delete"),
    "a deletion of code": (key("deleted", ["flows/night/run.py"]), "would delete"),
    "a source nobody configured": (seen("source", "evil"), "no source 'evil'"),
    "a source twice": (twice, "speaks of a source twice"),
    "news of a source that was not visited": (unvisited, "was not visited"),
    "news that nobody read": (seen("left_by_reading", None), "nothing of it was read"),
    "an outcome that no upstream has": (outcome(kind="Exploded"), "no upstream does"),
    "an outcome of the configuration": (outcome(kind="Retired"), "no upstream does"),
    "an outcome with other keys": (outcome(kind="Gone", commit=SHA), "has other keys"),
    "an outcome without its keys": (outcome(kind="Gone"), "has other keys"),
    "a move of a picture that did not move": (
        seen("renamed", [["images/0.png", "images/1.png"]]),
        "do not show that a picture moved",
    ),
}


def cells(path: str, change_text: Callable[[str], str]) -> Change:
    """Change a table."""

    def change(plan: Path, document: dict[str, Any]) -> None:
        there = (plan / "content" / document["proposal"]["files"][path]).read_text()
        assert change_text(there) != there
        file(path, change_text(there).encode())(plan, document)

    return change


SOURCES, SPLITS = "datasets/sources.csv", "datasets/splits.csv"
COMMIT = re.compile(r"(?<=,)[0-9a-f]{40}(?=,)")
CELLS: dict[str, tuple[Change, str]] = {
    "a row that stands there twice": (
        cells(TABLE, lambda text: text + text.splitlines()[-1] + "\n"),
        "stands in the manifest twice",
    ),
    "an image_id of another picture": (
        cells(TABLE, lambda text: re.sub(r"c19-[0-9a-f]{16}", "c19-" + "0" * 16, text)),
        "its image_id is not the beginning",
    ),
    "a row that is taken down, though nobody did": (
        cells(TABLE, lambda text: text.replace(",active,", ",excluded,a takedown", 1)),
        "held, taken down or split otherwise",
    ),
    "a row in another split": (
        cells(TABLE, lambda text: re.sub(r"\b(train|test|validation)\b", _swapped, text)),
        "split otherwise than follows",
    ),
    "a line of the ledger for a picture that is nowhere": (
        cells(SPLITS, lambda text: text + text.splitlines()[-1].replace("c19-", "c19-f", 1) + "\n"),
        "splits.csv",
    ),
    "a line of the ledger that moves a picture": (
        cells(SPLITS, lambda text: re.sub(r"\b(train|test|validation)\b", _swapped, text)),
        "places pictures where no night would",
    ),
    "a ledger without its lines": (
        cells(SPLITS, lambda text: text.splitlines()[0] + "\n"),
        "places pictures where no night would",
    ),
    "a pin that is no commit": (cells(SOURCES, lambda text: COMMIT.sub("HEAD", text)), "no commit"),
    "a pin like an option": (cells(SOURCES, lambda text: COMMIT.sub("--x", text)), "no commit"),
    "a pin with a line of git's index in it": (
        cells(
            SOURCES,
            lambda text: COMMIT.sub(f'"{SHA}\tdatasets/set\n100755 {SHA}\tflows/x.py"', text),
        ),
        "no commit",
    ),
    "a described source nobody configured": (
        cells(SOURCES, lambda text: re.sub(r"(?m)^set,", "evil,", text)),
        "no source 'evil'",
    ),
}


def _swapped(found: re.Match[str]) -> str:
    return "test" if found[0] == "train" else "train"


REPLAYED: dict[str, tuple[Change, str]] = {
    "an old one": (key("now", "2020-01-01T00:00:00Z", where=""), "it was computed at 2020"),
    "one of tomorrow": (key("now", "2999-01-01T00:00:00Z", where=""), "it was computed at 2999"),
}


REFUSED = FORM | MEANING | CELLS | REPLAYED


@pytest.mark.parametrize("every", [pytest.param(1, marks=pytest.mark.slow), 4])
def test_every_forged_handover_is_refused_and_nothing_is_written(
    jobs: TwoJobs, tmp_path: Path, every: int
):
    forged = [*REFUSED][::every]
    jobs.compute()
    honest = tmp_path / "honest"
    shutil.copytree(jobs.plan, honest)
    mark = jobs.world.hub.mark()
    odd = {what: words for what in forged if (words := _propose_forged(jobs, honest, what))}
    written = jobs.world.hub.writes_since(mark)
    counts = len(forged), len(forged) - len(odd), len(written)
    sys.stdout.write("forged: {} tried, {} refused, {} published\n".format(*counts))
    assert odd == {}
    assert written == []
    shutil.rmtree(jobs.plan)
    shutil.copytree(honest, jobs.plan)
    assert jobs.propose().action == "proposed"


def _propose_forged(jobs: TwoJobs, honest: Path, what: str) -> str | None:
    """Propose a forged handover; return what is wrong with how it ended, or `None`."""
    shutil.rmtree(jobs.plan)
    shutil.copytree(honest, jobs.plan)
    index = jobs.plan / "proposal.json"
    document = json.loads(index.read_text())
    change, words = REFUSED[what]
    change(jobs.plan, document)
    index.write_text(json.dumps(document))
    try:
        applied = jobs.propose()
    except HandoverError as error:
        return None if re.search(words, str(error)) else str(error)
    return applied.message


LIVE = (
    "@maintainer",
    "closes #1",
    "closes GH-1",
    "closes https://github.com/maintainer/collection/issues/1",
    "![](https://evil.example/x.png)",
    '<img src="https://evil.example/x.png" onerror="alert(1)">',
    "<script>alert(1)</script>",
    "[log in](https://github.com.evil.example/a/b/tree/1111111)",
    "www.evil.example",
    "&#64;maintainer",
    "`b | @maintainer`",
    r"\`@maintainer`",
    "a\u202eb",
    "x\n\n- [x] y <!-- covid19-images:box ignore set -->\n\nz",
    "<!-- covid19-images:record {} -->",
    "<!-- covid19-images:sheets -->",
    "```\n@maintainer\n```",
)


def _said_everywhere(plan: Path, document: dict[str, Any]) -> None:
    """Put hostile words wherever a handover may quote somebody."""
    words = "\n".join(LIVE)
    document["observed"][0].update(
        left_by_reading=[*LIVE, words],
        tables={
            text: {"rows": 1, "added": 1, "removed": 0, "changed": 0, "header_changed": True}
            for text in LIVE
        },
    )
    outcome(kind="BranchGone", branch=words, branches=LIVE)(plan, document)
    found = [Problem("set", text, 1, "unmapped_value", text) for text in LIVE]
    file("datasets/problems.csv", problems.dumps(found).encode())(plan, document)
    rows = table.loads((plan / "content" / document["proposal"]["files"][TABLE]).read_text())
    message = [replace(row, notes="; ".join(LIVE)) for row in rows]
    file(TABLE, table.dumps(message).encode())(plan, document)


def test_words_that_a_handover_quotes_do_nothing(jobs: TwoJobs):
    jobs.compute()
    index = jobs.plan / "proposal.json"
    document = json.loads(index.read_text())
    scripts = jobs.rebuilt().page.count("<script")
    _said_everywhere(jobs.plan, document)
    index.write_text(json.dumps(document))
    proposal = jobs.rebuilt()
    config = load.load(jobs.world.collection.folder / "config")
    assert "maintainer" in proposal.body
    assert check_words(proposal, config) is None
    assert read_checkboxes(proposal.body) == ()
    assert proposal.page.count("<script") == scripts
    assert '<img src="https' not in proposal.page
    assert all(sheet.content.startswith(b"\xff\xd8") for sheet in proposal.sheets)
    changelog = proposal.files["datasets/CHANGES.md"].decode()
    assert not [line for line in changelog.split("\n") if "<" in plain(line)]
    assert jobs.propose().action == "proposed"


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
