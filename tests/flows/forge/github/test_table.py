"""One test for each situation of a pull request; each ends with a night that writes nothing."""

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from flows.forge.github.forge import GitHubForge
from flows.proposal.answers import Rebuild, box
from flows.proposal.record import read_record
from tests.flows.forge.github.world import BRANCH, MERGED, OTHER, PROPOSAL, SHEET, World
from tests.support.collection import NOW
from tests.support.github.hub import COLLECTION
from tests.support.upstream import git

_NIGHTLY = Path(__file__).parents[4] / ".github" / "workflows" / "nightly.yml"


def test_nothing_changed_and_no_pull_request_is_nothing(world: World):
    assert world.night(None).action == "nothing"
    assert world.snapshot["pulls"] == []
    world.again_writes_nothing(None)


def test_changes_open_one_pull_request_from_one_commit_on_the_base(world: World):
    applied = world.night()
    [pull] = world.open()
    assert (applied.action, applied.where) == (
        "proposed",
        f"{world.hub.url}/maintainer/collection/pull/1",
    )
    assert pull["title"] == PROPOSAL.title
    assert pull["labels"] == ["sync"]
    assert pull["reviewers"] == ["reviewer"]
    assert not pull["draft"]
    record = read_record(pull["body"])
    assert record is not None
    assert record.head == pull["head_sha"] == world.tip()
    assert record.base == world.tip("main")
    assert record.content == PROPOSAL.content_hash
    assert record.run == f"{world.hub.url}/maintainer/collection/actions/runs/7"
    assert world.again_writes_nothing().action == "unchanged"


def test_its_pictures_are_shown_from_a_branch_without_history(world: World):
    world.night()
    pictures = world.tip(f"{BRANCH}-pictures")
    assert f"/blob/{pictures}/new.jpg?raw=true)" in world.pull(1)["body"]
    world.night(replace(PROPOSAL, sheets=()))
    assert world.tip(f"{BRANCH}-pictures") is None
    world.again_writes_nothing(replace(PROPOSAL, sheets=()))


def test_nothing_left_to_propose_closes_with_one_line_and_deletes_the_branches(world: World):
    world.night()
    assert world.night(None).action == "withdrawn"
    assert world.pull(1)["state"] == "closed"
    [comment] = world.snapshot["comments"]
    assert "Nothing is left to propose" in comment["body"]
    assert list(world.snapshot["refs"]) == ["refs/heads/main"]
    world.again_writes_nothing(None)


@pytest.mark.parametrize("method", ["merge", "squash"])
def test_a_merged_proposal_leaves_its_pictures_behind_and_nothing_else(world: World, method: str):
    world.night()
    pictures = world.tip(f"{BRANCH}-pictures")
    world.hub.merge(1, method=method)
    assert world.night(None).action == "withdrawn"
    assert sorted(world.snapshot["refs"]) == ["refs/heads/main", f"refs/heads/{MERGED}"]
    assert f"/blob/{pictures}/new.jpg" in world.pull(1)["body"]
    assert pictures in kept(world)
    assert world.snapshot["comments"] == []
    world.again_writes_nothing(None)


def kept(world: World) -> list[str]:
    """Return the commits that the branch of merged pictures keeps."""
    git(world.collection.folder, "fetch", "--quiet", world.hub.clone_url, MERGED)
    return git(world.collection.folder, "rev-list", "FETCH_HEAD").split()


def test_pictures_of_merged_proposals_are_added_to_and_those_of_closed_ones_are_not(world: World):
    shown = []
    for number, then in enumerate(("merge", "close", "merge"), 1):
        sheet = replace(SHEET, content=b"\xff\xd8 %d \xff\xd9" % number)
        files = {**PROPOSAL.files, "datasets/a.csv": b"%d\n" % number}
        world.night(replace(PROPOSAL, sheets=(sheet,), files=files))
        shown.append(world.tip(f"{BRANCH}-pictures"))
        if then == "merge":
            world.hub.merge(number)
        else:
            world.hub.edit_as("maintainer", number=number, state="closed")
    before = kept(world)
    world.night(replace(PROPOSAL, files={**PROPOSAL.files, "datasets/a.csv": b"last\n"}))
    after = kept(world)
    assert [one in after for one in shown] == [True, False, True]
    assert set(before) < set(after)
    world.again_writes_nothing(
        replace(PROPOSAL, files={**PROPOSAL.files, "datasets/a.csv": b"last\n"})
    )


def test_other_changes_rebuild_the_branch_and_edit_in_place(world: World):
    world.night()
    before = world.tip()
    assert world.night(OTHER).action == "proposed"
    [pull] = world.snapshot["pulls"]
    assert (pull["number"], pull["title"]) == (1, OTHER.title)
    assert pull["head_sha"] == world.tip() != before
    world.again_writes_nothing(OTHER)


def test_a_base_that_moved_on_is_built_on(world: World):
    world.night()
    moved = world.hub.commit_as_person("main", {"README.md": b"hello\n"})
    assert world.night().action == "proposed"
    record = read_record(world.pull(1)["body"])
    assert record is not None
    assert record.base == moved
    world.again_writes_nothing()


@pytest.mark.parametrize("then", [PROPOSAL, OTHER])
def test_a_persons_commit_on_the_branch_stays_and_one_comment_is_kept_up(world: World, then):
    world.night()
    theirs = world.hub.commit_as_person(BRANCH, {"mine.txt": b"work\n"})
    assert world.night(then).action == "left_alone"
    assert world.tip() == theirs
    [comment] = world.snapshot["comments"]
    assert then.title in comment["body"]
    world.again_writes_nothing(then)
    world.night(replace(then, title="A third thing"))
    [comment] = world.snapshot["comments"]
    assert "A third thing" in comment["body"]
    assert world.tip() == theirs


def test_a_ticked_take_over_is_honoured_the_next_night(world: World):
    world.night()
    world.hub.commit_as_person(BRANCH, {"mine.txt": b"work\n"})
    world.night(OTHER)
    [comment] = world.snapshot["comments"]
    path = f"/repos/maintainer/collection/issues/comments/{comment['id']}"
    ticked = comment["body"].replace("- [ ]", "- [x]")
    world.hub.as_person("maintainer", "PATCH", path, {"body": ticked})
    assert world.night(OTHER).action == "proposed"
    assert world.pull(1)["title"] == OTHER.title
    assert world.snapshot["comments"] == []
    world.again_writes_nothing(OTHER)


def test_a_changed_target_is_left_alone(world: World):
    world.night()
    world.hub.commit_as_person("elsewhere", {"x": b"x"})
    world.hub.edit_as("maintainer", number=1, base="elsewhere")
    assert world.night(OTHER).action == "left_alone"
    assert world.pull(1)["base"] == "elsewhere"
    assert world.pull(1)["title"] == PROPOSAL.title
    world.again_writes_nothing(OTHER)


def test_the_hold_label_stops_every_write(world: World):
    world.night()
    world.hub.label_as("maintainer", "sync:hold", number=1)
    applied = world.again_writes_nothing(OTHER)
    assert applied.action == "left_alone"
    assert "sync:hold" in applied.message
    world.again_writes_nothing(None)
    world.hub.unlabel_as("maintainer", "sync:hold", number=1)
    assert world.night(OTHER).action == "proposed"


def test_closed_unmerged_with_the_same_content_is_silence(world: World):
    world.night()
    world.hub.edit_as("maintainer", number=1, state="closed")
    applied = world.again_writes_nothing()
    assert applied.action == "left_alone"
    assert "#1" in applied.message


def test_closed_unmerged_with_other_content_opens_a_new_one_that_says_what_changed(world: World):
    world.night()
    world.hub.edit_as("maintainer", number=1, state="closed")
    assert world.night(OTHER).action == "proposed"
    [pull] = world.open()
    second = pull["body"].splitlines()[2]
    assert second == "> Follows #1, which was closed without merging. New since: `set`."
    world.again_writes_nothing(OTHER)


def test_the_first_line_of_a_body_leads_to_the_review_page(world: World):
    world.night()
    first = world.pull(1)["body"].splitlines()[0]
    where = f"{world.hub.url}/{COLLECTION}/actions/runs/7#artifacts"
    assert first.startswith(f"**[Open the review page]({where})**: `review-page`")
    uploads = yaml.safe_load(_NIGHTLY.read_text(encoding="utf-8"))["jobs"]["propose"]
    assert "review-page" in [step.get("with", {}).get("name") for step in uploads["steps"]]


def test_after_a_merge_closed_ones_are_history(world: World):
    world.night()
    world.hub.edit_as("maintainer", number=1, state="closed")
    world.night(OTHER)
    world.hub.merge(2)
    assert world.night(PROPOSAL).action == "proposed"
    assert "Follows" not in world.pull(3)["body"]
    world.again_writes_nothing(PROPOSAL)


def test_two_runs_at_once_the_second_loses_cleanly(world: World, monkeypatch):
    first, second = world.forge(), world.forge()
    received = [forge.read_feedback(NOW.date()) for forge in (first, second)]
    seen = second._look(second._branches())  # before the first one wrote
    monkeypatch.setattr(GitHubForge, "_look", lambda forge, places: seen)
    assert first.apply(PROPOSAL, received[0].base, NOW).action == "proposed"
    applied = second.apply(OTHER, received[1].base, NOW)
    assert applied.action == "left_alone"
    assert "moved by somebody else" in applied.message
    [pull] = world.open()
    assert pull["title"] == PROPOSAL.title


def test_a_held_proposal_is_a_draft_with_a_label_until_it_no_longer_is(world: World):
    held = replace(PROPOSAL, review_reasons=("set: 400 of 900 images are gone upstream",))
    world.night(held)
    assert world.pull(1)["draft"]
    assert set(world.pull(1)["labels"]) == {"sync", "sync:held"}
    world.again_writes_nothing(held)
    world.night()
    assert not world.pull(1)["draft"]
    world.again_writes_nothing()


def test_what_people_undo_is_not_done_again(world: World):
    held = replace(PROPOSAL, review_reasons=("set: odd",))
    world.night(held)
    world.hub.unlabel_as("maintainer", "sync", number=1)
    ready = "mutation { markPullRequestReadyForReview(input: $input) { clientMutationId } }"
    pull = world.hub.as_person("maintainer", "GET", "/repos/maintainer/collection/pulls/1")
    body = {"query": ready, "variables": {"input": {"pullRequestId": pull["node_id"]}}}
    world.hub.as_person("maintainer", "POST", "/graphql", body)
    world.again_writes_nothing(held)
    assert not world.pull(1)["draft"]
    assert "sync" not in world.pull(1)["labels"]


def test_a_ticked_rebuild_is_honoured_and_unticked(world: World):
    ask = replace(PROPOSAL, body=PROPOSAL.body + box(Rebuild(), "build this anew") + "\n")
    world.night(ask)
    world.hub.commit_as_person(BRANCH, {"mine.txt": b"work\n"})
    body = world.pull(1)["body"]
    world.hub.edit_body_as("maintainer", body.replace("- [ ]", "- [x]"), number=1)
    assert world.night(ask).action == "proposed"
    record = read_record(world.pull(1)["body"])
    assert record is not None
    assert record.head == world.tip()
    assert "- [x]" not in world.pull(1)["body"]
    world.again_writes_nothing(ask)


def test_a_reviewer_who_is_no_collaborator_does_not_stop_the_night(world: World):
    forge = world.policy.forge.model_copy(update={"reviewers": ("stranger",)})
    world.policy = world.policy.model_copy(update={"forge": forge})
    applied = world.night()
    assert applied.action == "proposed"
    assert "stranger could not be asked" in applied.message
    world.again_writes_nothing()


def test_an_app_works_as_well_as_a_person(world: World):
    assert world.night(token=world.hub.app_token).action == "proposed"
    assert world.pull(1)["author"] == "sync-app[bot]"
    mark = world.hub.mark()
    assert world.night(token=world.hub.app_token).action == "unchanged"
    assert world.hub.writes_since(mark) == []
