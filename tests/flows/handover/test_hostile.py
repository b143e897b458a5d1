"""A job that computes may be taken over by what it reads: its handover is hostile."""

import hashlib
import json
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
    "a table that is none": (file("datasets/sources.csv", b"x"), "does not begin with"),
    "another pin": (key("pins", {"set": SHA}), "its pins are not"),
    "a source nobody configured": (key("pins", {"evil": SHA}), "no source 'evil'"),
    "other commits than the table": (key("described", {"set": SHA}), "the commits it names differ"),
}


def put_together(plan: Path, told: dict[str, Any]) -> None:
    """Make the digest right, as somebody who has the program would."""
    from flows.handover.unpack import _contents, _digests, _proposal

    proposed = Handover.model_validate(told).proposal
    assert proposed is not None
    contents = _contents(plan / "content", set(_digests(proposed)))
    told["proposal"]["content"] = _proposal(proposed, contents).content_hash


@pytest.mark.parametrize("what", [*FORM, *MEANING])
def test_it_is_refused_and_nothing_is_written(jobs: TwoJobs, what: str):
    jobs.compute()
    mark = jobs.world.hub.mark()
    index = jobs.plan / "proposal.json"
    told = json.loads(index.read_text())
    change, words = (FORM | MEANING)[what]
    change(jobs.plan, told)
    if what in MEANING:
        put_together(jobs.plan, told)
    index.write_text(json.dumps(told))
    with pytest.raises(HandoverError, match=words):
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
