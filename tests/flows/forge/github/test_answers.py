"""What people answer in a pull request is written down once and acknowledged once."""

import tomllib
from dataclasses import replace

from flows.proposal.answers import Ignore, Judged, box
from tests.flows.forge.github.world import BRANCH, OTHER, PROPOSAL, World
from tests.support.collection import NOW
from tests.support.upstream import git

ASK = replace(
    PROPOSAL,
    body=PROPOSAL.body
    + box(Judged("set/a b.png", "set/c.png", "same"), "the same picture")
    + "\n"
    + box(Ignore("set"), "leave it alone")
    + "\n",
)
EXCLUDE = """
[[exclude]]
image = "set/{}.png"
reason = "owner"
by = "a maintainer"
date = 2026-11-23
"""


def decisions(world: World) -> dict:
    tip = world.tip()
    git(world.collection.folder, "fetch", "--quiet", world.hub.clone_url, str(tip))
    return tomllib.loads(git(world.collection.folder, "show", f"{tip}:config/decisions.toml"))


def has_decided(world: World) -> bool:
    tip, folder = str(world.tip()), world.collection.folder
    git(folder, "fetch", "--quiet", world.hub.clone_url, tip)
    return bool(git(folder, "ls-tree", tip, "config/decisions.toml"))


def reactions(world: World) -> list[str]:
    found = [one for comment in world.snapshot["comments"] for one in comment["reactions"]]
    assert all(one.startswith("bot ") for one in found)
    return [one.removeprefix("bot ") for one in found]


def test_a_ticked_answer_lands_in_the_decisions_of_the_same_pull_request(world: World):
    world.night(ASK)
    body = world.pull(1)["body"].replace("- [ ] the same", "- [X] the same")
    world.hub.edit_body_as("maintainer", body, number=1)
    assert world.night(ASK, days=1).action == "proposed"
    [pair] = decisions(world)["pairs"]
    assert (pair["a"], pair["b"], pair["verdict"]) == ("set/a b.png", "set/c.png", "same")
    assert pair["why"] == "answered in pull request #1"
    # It stays until it is merged, although the box is no longer ticked.
    assert world.night(replace(ASK, title="Later"), days=2).action == "proposed"
    assert len(decisions(world)["pairs"]) == 1
    world.again_writes_nothing(replace(ASK, title="Later"))


def test_a_command_of_somebody_who_may_write_does_the_same_and_is_acknowledged(world: World):
    world.night()
    world.hub.comment_as("reviewer", 'Yes!\n/sync same "set/a b.png" set/c.png', number=1)
    world.hub.comment_as("maintainer", "/sync ignore set until 2026-12-24", number=1)
    world.night(days=1)
    found = decisions(world)
    assert found["pairs"][0]["by"] == "reviewer"
    assert found["ignore"][0]["source"] == "set"
    assert reactions(world) == ["+1", "+1"]
    world.again_writes_nothing()


def test_a_command_of_a_stranger_is_refused_once(world: World):
    world.night()
    world.hub.comment_as("stranger", "/sync rebuild", number=1)
    world.hub.comment_as("reader", "/sync same a b", number=1)
    world.night(days=1)
    assert reactions(world) == ["-1", "-1"]
    world.again_writes_nothing()


def test_what_is_not_understood_gets_one_reply(world: World):
    world.night()
    world.hub.comment_as("maintainer", "/sync frobnicate @everyone", number=1)
    world.night(days=1)
    assert [c["author"] for c in world.snapshot["comments"]] == ["maintainer", "bot"]
    assert "`/sync rebuild`" in world.snapshot["comments"][1]["body"]
    assert reactions(world) == ["confused"]
    world.again_writes_nothing()


def test_what_names_no_picture_and_no_source_gets_a_reply(world: World):
    world.night()
    world.hub.comment_as("maintainer", "/sync same set/x.png set/c.png", number=1)
    world.hub.comment_as("maintainer", "/sync ignore sett", number=1)
    assert world.night(days=1).action == "unchanged"
    words = [c["body"] for c in world.snapshot["comments"] if c["author"] == "bot"]
    assert "No picture is called `set/x.png`." in words[0]
    assert "Did you mean `set`?" in words[1]
    assert reactions(world) == ["confused", "confused"]
    world.again_writes_nothing()


def test_hold_in_a_comment_sets_the_label_once(world: World):
    world.night()
    world.hub.comment_as("maintainer", "/sync hold", number=1)
    assert world.night(OTHER).action == "left_alone"
    assert "sync:hold" in world.pull(1)["labels"]
    assert world.pull(1)["title"] == PROPOSAL.title
    world.again_writes_nothing(OTHER)
    world.hub.unlabel_as("maintainer", "sync:hold", number=1)
    assert world.night(OTHER).action == "proposed"


def test_an_answer_beside_a_persons_commits_waits_until_it_can_be_written(world: World):
    world.night()
    world.hub.commit_as_person(BRANCH, {"mine.txt": b"work\n"})
    world.hub.comment_as("maintainer", "/sync same `set/a b.png` set/c.png", number=1)
    assert world.night().action == "left_alone"
    assert reactions(world) == []
    world.hub.comment_as("maintainer", "/sync rebuild", number=1)
    assert world.night().action == "proposed"
    assert len(decisions(world)["pairs"]) == 1
    assert reactions(world) == ["+1", "+1"]
    world.again_writes_nothing()


def test_an_answer_given_while_the_night_runs_is_not_lost(world: World):
    world.night(ASK)
    forge = world.forge()
    feedback = forge.read_feedback(NOW.date())
    body = world.pull(1)["body"].replace("- [ ] the same", "- [x] the same")
    world.hub.edit_body_as("maintainer", body, number=1)
    forge.apply(replace(ASK, title="Other"), feedback.base, NOW)
    assert "- [x] the same" in world.pull(1)["body"]
    world.night(ASK)
    assert len(decisions(world)["pairs"]) == 1


def test_a_box_that_was_ticked_when_it_was_written_answers_nothing(world: World):
    ticked = replace(ASK, body=ASK.body.replace("- [ ]", "- [x]"))
    world.night(ticked)
    assert world.night(ticked, days=1).action == "unchanged"
    assert not has_decided(world)
    # One that a person ticks since is an answer beside it.
    body = world.pull(1)["body"]
    mine = box(Judged("set/a b.png", "set/c.png", "different"), "other").replace("[ ]", "[x]")
    world.hub.edit_body_as("maintainer", f"{mine}\n\n{body}", number=1)
    world.night(ticked, days=2)
    assert [one["verdict"] for one in decisions(world)["pairs"]] == ["different"]


def test_a_box_in_a_body_that_the_bot_did_not_write_answers_nothing(world: World):
    world.night(ASK)
    world.hub.edit_body_as("maintainer", ASK.body.replace("- [ ]", "- [x]"), number=1)
    world.night(ASK, days=1)
    assert not has_decided(world)


def test_a_decision_taken_back_on_main_does_not_come_again_from_the_open_proposal(world: World):
    mistyped = EXCLUDE.format("nobody").encode()
    world.hub.commit_as_person("main", {"config/decisions.toml": mistyped})
    world.night()
    world.hub.comment_as("maintainer", "/sync ignore set until 2026-12-24", number=1)
    mended = EXCLUDE.format("a b").encode()
    world.hub.commit_as_person("main", {"config/decisions.toml": mended})
    world.night(days=1)
    found = decisions(world)
    assert [one["image"] for one in found["exclude"]] == ["set/a b.png"]
    assert [one["source"] for one in found["ignore"]] == ["set"]
