"""What one job computes and another proposes is what one night would have done."""

import datetime as dt
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from flows.forge.errors import ForgeError
from flows.night.handover import HandoverError
from tests.flows.night.handover.night import TwoJobs
from tests.support.collection import NOW
from tests.support.github.hub import Hub

PULLS = "/repos/maintainer/collection/issues/1/comments"


def writes(jobs: TwoJobs, mark: int) -> list[tuple[str, str]]:
    return [(one.method, one.path) for one in jobs.world.hub.writes_since(mark)]


def comment(jobs: TwoJobs, number: int) -> dict[str, Any]:
    return dict(next(one for one in jobs.world.snapshot["comments"] if one["id"] == number))


def test_the_job_that_computes_needs_no_token_that_writes(jobs: TwoJobs, monkeypatch):
    mark = jobs.world.hub.mark()
    monkeypatch.setenv("COVID19_IMAGES_LOGIN", "bot")
    jobs.compute(token=Hub.read_only_token)
    assert writes(jobs, mark) == []
    assert jobs.propose().action == "proposed"
    assert jobs.world.pull(1)["title"] == "1 source moved: 3 new images"


def test_the_second_night_writes_nothing(jobs: TwoJobs):
    jobs.compute()
    jobs.propose()
    mark = jobs.world.hub.mark()
    jobs.compute()
    assert jobs.propose().action == "unchanged"
    assert writes(jobs, mark) == []


@pytest.mark.slow
def test_nothing_left_to_propose_is_handed_over_too(jobs: TwoJobs):
    jobs.compute()
    jobs.propose()
    jobs.world.hub.merge(1)
    jobs.compute()
    assert jobs.propose().action == "withdrawn"


def test_what_people_said_is_done_and_acknowledged_by_the_job_that_writes(jobs: TwoJobs):
    jobs.compute()
    jobs.propose()
    words = jobs.world.hub.comment_as("maintainer", "/sync ignore set until 2031-01-01", number=1)
    jobs.compute()
    assert comment(jobs, words)["reactions"] == []
    jobs.propose()
    assert comment(jobs, words)["reactions"] == ["bot +1"]
    folder = jobs.world.collection.folder
    from flows.collection.checkout import Checkout

    tip = Checkout(folder).repo.commit(jobs.world.tip())
    assert "2031-01-01" in Checkout(folder).text(tip, "config/decisions.toml")


def test_what_is_said_between_the_jobs_waits_for_the_next_night(jobs: TwoJobs):
    jobs.compute()
    jobs.propose()
    jobs.compute()
    words = jobs.world.hub.comment_as("maintainer", "/sync ignore set until 2031-01-01", number=1)
    assert jobs.propose().action == "unchanged"
    assert comment(jobs, words)["reactions"] == []
    jobs.compute()
    jobs.propose()
    assert comment(jobs, words)["reactions"] == ["bot +1"]


def test_a_comment_that_is_edited_between_the_jobs_is_refused_and_heard_the_next_night(
    jobs: TwoJobs,
):
    jobs.compute()
    jobs.propose()
    words = jobs.world.hub.comment_as("maintainer", "/sync ignore set until 2031-01-01", number=1)
    jobs.compute()
    path = f"/repos/maintainer/collection/issues/comments/{words}"
    jobs.world.hub.as_person(
        "maintainer", "PATCH", path, {"body": "/sync ignore set until 2032-02-02"}
    )
    with pytest.raises(HandoverError, match="Somebody answered meanwhile"):
        jobs.propose()
    assert comment(jobs, words)["reactions"] == []
    jobs.compute()
    jobs.propose()
    assert comment(jobs, words)["reactions"] == ["bot +1"]


@pytest.mark.slow
def test_a_body_that_is_edited_between_the_jobs_is_not_written_over(jobs: TwoJobs):
    jobs.compute()
    jobs.propose()
    jobs.upstream.commit({"images/9.png": b"not a picture"})
    jobs.compute()
    body = jobs.world.pull(1)["body"] + "\nmine\n"
    jobs.world.hub.edit_body_as("maintainer", body, number=1)
    jobs.propose()
    assert "mine" in jobs.world.pull(1)["body"]


def test_another_login_is_said_before_anything_is_written(jobs: TwoJobs, monkeypatch):
    monkeypatch.setenv("COVID19_IMAGES_LOGIN", "somebody")
    forge = jobs.world.forge
    monkeypatch.setattr(
        jobs.world, "forge", lambda **options: _named(forge(**options), "somebody", options)
    )
    jobs.compute(token=Hub.read_only_token)
    with pytest.raises(ForgeError, match="computed as somebody, and this token is bot"):
        jobs.propose()


def _named(forge, login, options):
    forge.login = login if options else None
    return forge


def test_a_base_that_is_not_on_main_is_refused(jobs: TwoJobs):
    jobs.compute()
    jobs.world.hub.commit_as_person("other", {"x": b"x"})
    index = jobs.plan / "proposal.json"
    other = jobs.world.snapshot["refs"]["refs/heads/other"]
    main = jobs.world.snapshot["refs"]["refs/heads/main"]
    index.write_text(index.read_text().replace(main, other))
    with pytest.raises(ForgeError, match="is not on main"):
        jobs.propose()


def test_what_a_silent_upstream_proposed_stays_and_the_job_that_writes_knows_it_itself(
    jobs: TwoJobs,
):
    jobs.compute()
    jobs.propose()
    folder = jobs.upstream.folder
    folder.rename(folder.with_name("away"))
    jobs.compute()
    assert jobs.propose().action == "proposed"
    body = jobs.world.pull(1)["body"]
    assert jobs.world.pull(1)["title"] == "1 source moved: 3 new images"
    assert "proposed as it stood; not reachable" in body or "proposed as it stood; gone" in body
    mark = jobs.world.hub.mark()
    jobs.compute()
    assert jobs.propose().action == "unchanged"
    assert [path for _, path in writes(jobs, mark) if "issues" not in path] == []


def test_rows_that_nobody_visited_are_those_of_the_open_proposal(jobs: TwoJobs):
    jobs.compute()
    jobs.propose()
    folder = jobs.upstream.folder
    folder.rename(folder.with_name("away"))
    jobs.compute()
    index = jobs.plan / "proposal.json"
    path = "datasets/manifest/set.csv"
    options = json.loads(index.read_text())
    there = (jobs.plan / "content" / options["proposal"]["files"][path]).read_text()
    content = "\n".join([*there.split("\n")[:-2], ""]).encode()
    digest = hashlib.sha256(content).hexdigest()
    (jobs.plan / "content" / digest).write_bytes(content)
    options["proposal"]["files"][path] = digest
    index.write_text(json.dumps(options))
    with pytest.raises(HandoverError, match="refused"):
        jobs.propose()


def test_feedback_that_nobody_read_is_refused(jobs: TwoJobs):
    jobs.compute()
    index = jobs.plan / "proposal.json"
    options = json.loads(index.read_text())
    index.write_text(json.dumps({**options, "feedback_token": '{"login": []}'}))
    with pytest.raises(ForgeError, match="Which feedback the night read cannot be known"):
        jobs.propose()


def test_main_that_moved_on_between_the_jobs_is_no_trouble(jobs: TwoJobs):
    jobs.compute()
    jobs.world.hub.commit_as_person("main", {"README.md": b"hello\n"})
    assert jobs.propose().action == "proposed"


def test_an_old_handover_is_refused(jobs: TwoJobs):
    jobs.compute(now=NOW - dt.timedelta(days=900))
    with pytest.raises(HandoverError, match="it was computed at 2024"):
        jobs.propose()


def test_a_handover_from_before_a_merge_is_refused_after_it(jobs: TwoJobs):
    jobs.compute()
    jobs.propose()
    jobs.world.hub.merge(1)
    mark = jobs.world.hub.mark()
    with pytest.raises(ForgeError, match="something was merged meanwhile"):
        jobs.propose()
    assert writes(jobs, mark) == []


@pytest.mark.slow
def test_a_handover_of_an_earlier_night_does_not_replace_a_later_one(jobs: TwoJobs, tmp_path: Path):
    today = dt.datetime.now(dt.UTC)
    jobs.compute(now=today - dt.timedelta(hours=1))
    shutil.copytree(jobs.plan, tmp_path / "earlier")
    jobs.upstream.commit({"images/9.png": b"not a picture"})
    jobs.compute(now=today)
    assert jobs.propose().action == "proposed"
    mark = jobs.world.hub.mark()
    shutil.rmtree(jobs.plan)
    shutil.copytree(tmp_path / "earlier", jobs.plan)
    applied = jobs.propose()
    assert (applied.action, "later night" in applied.message) == ("failed", True)
    assert [path for _, path in writes(jobs, mark) if "issues" not in path] == []
