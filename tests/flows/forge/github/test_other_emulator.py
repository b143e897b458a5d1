"""The life of a proposal on an emulation of GitHub that is not ours: what ours may have wrong."""

from dataclasses import replace

import pytest

from flows.forge.errors import ForgeError
from tests.flows.forge.github.other import Other
from tests.flows.forge.github.world import BRANCH, MERGED
from tests.flows.forge.github.world import OTHER as CHANGED

PICTURES = f"{BRANCH}-pictures"
OTHER = replace(CHANGED, pins={})


def test_a_proposal_is_opened_once_edited_merged_and_its_pictures_stay(other: Other) -> None:
    main = other.tip("main")
    assert other.night().action == "proposed"
    other.writes()
    assert (other.night().action, other.writes()) == ("unchanged", [])
    assert other.night(OTHER).action == "proposed"
    [pull] = other.repository.get_pulls(state="open")
    assert (pull.title, other.tip("main")) == (OTHER.title, main)
    assert pull.body.startswith(f"**[Open the review page]({other.url}/bot/collection/actions/runs")
    pictures = other.tip(PICTURES)
    assert f"/blob/{pictures}/new.jpg" in pull.body
    pull.merge()
    assert other.night(None).action == "withdrawn"
    assert (other.tip(BRANCH), other.tip(PICTURES)) == (None, None)
    kept = other.repository.get_commit(str(other.tip(MERGED)))
    assert pictures in {one.sha for one in kept.parents}
    other.writes()
    assert (other.night(None).action, other.writes()) == ("nothing", [])


@pytest.mark.slow  # as on our own emulation: see test_faults
@pytest.mark.parametrize("path", ["/pulls$", "/labels$"])
def test_a_write_whose_answer_is_lost_is_made_once(other: Other, path: str) -> None:
    other.tell("faults", [{"path": path, "method": "POST", "status": 502, "after": True}])
    assert other.night().action == "proposed"
    assert len(list(other.repository.get_pulls(state="open"))) == 1
    assert other.night().action == "unchanged"


@pytest.mark.slow  # as on our own emulation: see test_table
def test_what_people_commit_or_close_stays(other: Other) -> None:
    other.night()
    other.repository.create_file("mine.txt", "work", b"work\n", branch=BRANCH)
    theirs, main = other.tip(BRANCH), other.tip("main")
    assert other.night(OTHER).action == "left_alone"
    assert (other.tip(BRANCH), other.tip("main")) == (theirs, main)
    [pull] = other.repository.get_pulls(state="open")
    [comment] = pull.get_issue_comments()
    assert OTHER.title in comment.body


@pytest.mark.slow  # as on our own emulation: see test_table
def test_what_was_closed_is_not_proposed_again(other: Other) -> None:
    other.night()
    [pull] = other.repository.get_pulls(state="open")
    pull.edit(state="closed")
    assert other.night().action == "left_alone"
    assert list(other.repository.get_pulls(state="open")) == []
    assert other.night(OTHER).action == "proposed"


@pytest.mark.slow
def test_the_settings_of_a_fresh_repository_are_named(other: Other) -> None:
    words = "GitHub Actions is not permitted to create or approve pull requests."
    fault = {"path": "/pulls$", "method": "POST", "status": 403, "body": {"message": words}}
    other.tell("faults", [fault])
    refused = other.night()
    assert (refused.action, "Settings → Actions → General" in refused.message) == ("failed", True)
    assert other.night().action == "proposed"
    with pytest.raises(ForgeError, match=r"repository|Repository"):
        other.night(repository="bot/nowhere")


@pytest.mark.slow
def test_a_policy_that_would_write_to_main_is_refused_below_the_policy(
    other: Other, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = other.policy().model_copy(update={"branch": "main"})
    monkeypatch.setattr(other, "policy", lambda _repository: wrong)
    main = other.tip("main")
    other.writes()
    assert (other.night().action, other.night(None).action) == ("failed", "failed")
    assert (other.tip("main"), other.writes()) == (main, [])
