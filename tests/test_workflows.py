"""The workflows' own shell steps, run as GitHub Actions run them, against the emulated GitHub."""

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.actions import Runner
from tests.support.collection import ROOT, SIMPLE, Collection
from tests.support.github.hub import Hub
from tests.support.pictures import png
from tests.support.upstream import Upstream, git

FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
NIGHTLY = {
    "vars.BOT_LOGIN": "",
    "inputs.sources": "",
    "inputs.dry_run": "false",
    "secrets.COVID19_IMAGES_TOKEN": "",
    "secrets.COVID19_IMAGES_WEBHOOK": "",
}


@pytest.fixture
def hosted(hub: Hub, collection: Collection, upstream: Upstream) -> Hub:
    """A collection with one source on the emulated GitHub."""
    upstream.commit({f"images/{i}.png": png(i) for i in range(3)})
    collection.source("set", SIMPLE.format(url=upstream.url))
    collection.source("other", SIMPLE.format(url=f"{upstream.url}-that-is-gone"))
    git(collection.folder, "add", "config")
    git(collection.folder, "commit", "--quiet", "-m", "config")
    hub.adopt(str(collection.folder))
    return hub


def nightly(hub: Hub, folder: Path, **inputs: str) -> Runner:
    found = NIGHTLY | {f"inputs.{name}": value for name, value in inputs.items()}
    return Runner(hub, folder, "nightly.yml", found)


def test_a_night_is_computed_by_one_job_and_proposed_by_another(hosted: Hub, tmp_path: Path):
    run = nightly(hosted, tmp_path)
    mark = hosted.mark()
    assert run.job("compute") == 0, run.printed
    assert hosted.writes_since(mark) == []
    assert run.job("propose") == 0, run.printed
    [pull] = hosted.snapshot()["pulls"]
    assert pull["title"] == "1 source moved: 3 new images"
    assert f"{hosted.url}/maintainer/collection/actions/runs/7" in pull["body"]
    assert "| `set` | `first import` | 3 | `3 new images` |" in run.summary
    [issue] = hosted.snapshot()["issues"]
    assert "`other` since" in issue["body"]
    assert f"[What needs a person]({hosted.url}/maintainer/collection/issues/2)" in run.summary
    assert (tmp_path / "artifacts" / "review-page" / "index.html").exists()
    mark = hosted.mark()
    assert (run.job("compute"), run.job("propose")) == (0, 0), run.printed
    assert hosted.writes_since(mark) == []


@pytest.mark.slow
def test_a_dry_run_of_named_sources_says_what_it_would_do_and_writes_nothing(
    hosted: Hub, tmp_path: Path
):
    run = nightly(hosted, tmp_path, dry_run="true", sources="set")
    mark = hosted.mark()
    assert run.job("compute") == 0, run.printed
    assert "1 source moved: 3 new images" in run.summary
    assert "other" not in run.summary
    assert hosted.writes_since(mark) == []
    assert run.jobs["propose"]["if"] == "${{ !inputs.dry_run }}"


def test_a_source_name_that_is_a_shell_command_is_only_a_name(hosted: Hub, tmp_path: Path):
    run = nightly(hosted, tmp_path, sources="$(touch${IFS}evil) ;touch /evil")
    assert run.job("compute") != 0
    assert "There is no source" in run.printed
    assert not (run.workspace / "evil").exists()


@pytest.mark.slow
def test_a_handover_that_was_tampered_with_is_refused(hosted: Hub, tmp_path: Path):
    run = nightly(hosted, tmp_path)
    assert run.job("compute") == 0, run.printed
    index = tmp_path / "artifacts" / "proposal" / "proposal.json"
    text = json.loads(index.read_text())
    files = text["proposal"]["files"]
    files[".github/workflows/evil.yml"] = files["datasets/sources.csv"]
    index.write_text(json.dumps(text))
    mark = hosted.mark()
    assert run.job("propose") == 1
    assert "The handover was refused" in run.printed
    assert hosted.writes_since(mark) == []


def test_a_failed_configuration_fails_the_job(hosted: Hub, tmp_path: Path):
    hosted.commit_as_person("main", {"config/policy.toml": b"bace = 1\n"})
    run = nightly(hosted, tmp_path)
    assert run.job("compute") == 1
    assert "did you mean 'base'" in run.printed


def test_the_schedules_are_kept_alive_without_a_commit(hosted: Hub, tmp_path: Path):
    names = ("nightly.yml", "release.yml", "watch.yml")
    for name in names:
        hosted.runs_of(name, {})
    run = nightly(hosted, tmp_path)
    assert run.job("keepalive") == 0, run.printed
    assert {hosted.workflow_state(name) for name in names} == {"active"}
    assert Hub.token not in run.printed


def test_a_last_good_night_long_ago_is_said_in_the_status_issue(hosted: Hub, tmp_path: Path):
    now = dt.datetime.now(dt.UTC)
    days = {n: (now - dt.timedelta(days=n)).strftime("%Y-%m-%dT%H:%M:%SZ") for n in (0, 1, 8, 9)}
    hosted.runs_of("nightly.yml", {days[0]: "failure", days[8]: "success", days[9]: "success"})
    run = Runner(hosted, tmp_path, "watch.yml", NIGHTLY)
    assert run.job("watch") == 1
    [issue] = hosted.snapshot()["issues"]
    assert f"The last good night was {days[8][:10]}" in issue["body"]
    hosted.runs_of("nightly.yml", {days[0]: "failure", days[1]: "success"})
    assert run.job("watch") == 0, run.printed
    [issue] = hosted.snapshot()["issues"]
    assert issue["state"] == "closed"


def test_a_release_that_waits_for_approval_is_said_and_stops_no_night(hosted: Hub, tmp_path: Path):
    today = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    hosted.runs_of("nightly.yml", {today: "success"})
    hosted.runs_of("release.yml", {today: "waiting"})
    run = Runner(hosted, tmp_path, "watch.yml", NIGHTLY)
    assert run.job("watch") == 0, run.printed
    [issue] = hosted.snapshot()["issues"]
    assert f"A release waits for approval since {today[:10]}" in issue["body"]
    hosted.runs_of("release.yml", {today: "success"})
    assert run.job("watch") == 0, run.printed
    [issue] = hosted.snapshot()["issues"]
    assert issue["state"] == "closed"


def test_what_waits_for_a_person_shares_no_queue_with_the_nights():
    files = {file.stem: yaml.safe_load(file.read_text(encoding="utf-8")) for file in FILES}
    groups = [one["concurrency"]["group"] for one in files.values()]
    assert len(set(groups)) == len(groups)
    waiting = {
        name
        for name, one in files.items()
        if any("environment" in job for job in one["jobs"].values())
    }
    assert waiting == {"package", "release", "site"}


@pytest.mark.slow
def test_a_fresh_repository_that_lets_actions_open_nothing_is_told_where_to_allow_it(
    hosted: Hub, tmp_path: Path
):
    hosted.settings(pulls_by_actions=False)
    actions = NIGHTLY | {"vars.BOT_LOGIN": "github-actions[bot]"}
    run = Runner(hosted, tmp_path, "nightly.yml", actions, token=Hub.actions_token)
    assert run.job("compute") == 0, run.printed
    assert run.job("propose") == 1
    assert "Settings → Actions → General" in run.printed
    assert "fine-grained token needs" not in run.printed
    hosted.settings(pulls_by_actions=True)
    assert (run.job("compute"), run.job("propose")) == (0, 0), run.printed
    [pull] = hosted.snapshot()["pulls"]
    assert pull["author"] == "github-actions[bot]"


@pytest.mark.slow
def answer(hub: Hub, folder: Path, number: int, comment: int) -> Runner:
    event = {"github.event.issue.number": str(number), "github.event.comment.id": str(comment)}
    return Runner(hub, folder, "answer.yml", event)


def reactions(hub: Hub) -> list[str]:
    return [one for comment in hub.snapshot()["comments"] for one in comment["reactions"]]


def test_a_command_is_seen_at_once_and_the_night_it_starts_answers_it(hosted: Hub, tmp_path: Path):
    night = nightly(hosted, tmp_path)
    assert (night.job("compute"), night.job("propose")) == (0, 0), night.printed
    hosted.runs_of("nightly.yml", {}, state="active")
    comment = hosted.comment_as("reviewer", "/sync ignore set", number=1)
    mark = hosted.mark()
    run = answer(hosted, tmp_path, 1, comment)
    assert run.job("acknowledge") == 0, run.printed
    assert "Seen, and nightly.yml was started." in run.printed
    assert reactions(hosted) == ["bot eyes"]
    [_, started] = hosted.writes_since(mark)
    assert started.path.endswith("/actions/workflows/nightly.yml/dispatches")
    # Seen is not answered: the night still hears it, and answers for good.
    assert (night.job("compute"), night.job("propose")) == (0, 0), night.printed
    assert sorted(reactions(hosted)) == ["bot +1", "bot eyes"]


def test_what_is_no_command_of_somebody_who_may_write_starts_nothing(hosted: Hub, tmp_path: Path):
    night = nightly(hosted, tmp_path)
    assert (night.job("compute"), night.job("propose")) == (0, 0), night.printed
    hosted.runs_of("nightly.yml", {}, state="active")
    for login, text, words in (
        ("stranger", "/sync rebuild", "may not write here"),
        ("reader", "/sync rebuild", "may not write here"),
        ("reviewer", "see /sync rebuild", "holds no command"),
        ("reviewer", "> /sync rebuild", "holds no command"),
    ):
        comment = hosted.comment_as(login, text, number=1)
        mark = hosted.mark()
        run = answer(hosted, tmp_path, 1, comment)
        assert run.job("acknowledge") == 0, run.printed
        assert words in run.printed
        assert hosted.writes_since(mark) == []
    # Nor under what is not the proposal: the status issue, or a number that nobody has.
    for number in (2, 99):
        run = answer(hosted, tmp_path, number, comment)
        assert run.job("acknowledge") == 0, run.printed
        assert "is not the bot's open proposal" in run.printed
    assert hosted.writes_since(mark) == []


@pytest.mark.slow
def test_a_release_runs_and_what_it_made_is_attested(hosted: Hub, tmp_path: Path):
    night = nightly(hosted, tmp_path)
    assert (night.job("compute"), night.job("propose")) == (0, 0), night.printed
    hosted.merge(1)
    run = Runner(hosted, tmp_path, "release.yml", NIGHTLY)
    assert run.job("release") == 0, run.printed
    [release] = hosted.snapshot()["releases"]
    assert not release["draft"]
    assert run.attested == {asset["name"] for asset in release["assets"]}
    assert "Published" in run.summary
    site = Runner(hosted, tmp_path, "site.yml", NIGHTLY)
    assert (site.job("build"), site.job("deploy")) == (0, 0), site.printed
    assert site.published
    assert [*site.published.glob("releases/20*/index.html")]
    mark = hosted.mark()
    assert run.job("release") == 0, run.printed
    assert (hosted.writes_since(mark), run.attested) == ([], set())


@pytest.mark.slow
def test_an_empty_collection_releases_nothing_and_that_is_no_failure(hosted: Hub, tmp_path: Path):
    run = Runner(hosted, tmp_path, "release.yml", NIGHTLY)
    mark = hosted.mark()
    assert run.job("release") == 0, run.printed
    assert (hosted.writes_since(mark), run.attested) == ([], set())
    assert "The collection holds no image yet" in run.summary


def test_the_site_is_built_by_one_job_and_published_by_another(hosted: Hub, tmp_path: Path):
    run = Runner(hosted, tmp_path, "site.yml", NIGHTLY)
    mark = hosted.mark()
    assert run.job("build") == 0, run.printed
    assert run.job("deploy") == 0
    assert hosted.writes_since(mark) == []
    assert run.published
    assert "There is none yet." in (run.published / "releases" / "index.html").read_text("utf-8")
    for file in run.published.rglob("*"):  # Pages shows no other
        assert file.stat().st_mode & 0o444 == 0o444, file


def test_the_site_is_built_after_nights_and_releases_and_where_it_is_switched_on():
    text = yaml.safe_load((ROOT / ".github" / "workflows" / "site.yml").read_text())
    begins = text[True]  # what YAML makes of `on`
    names = {
        yaml.safe_load((ROOT / ".github" / "workflows" / name).read_text())["name"]
        for name in ("nightly.yml", "release.yml")
    }
    assert set(begins["workflow_run"]["workflows"]) == names
    assert text["jobs"]["build"]["if"] == "${{ vars.SITE == 'on' }}"
    assert set(text["jobs"]["build"]["permissions"].values()) == {"read"}
    assert text["jobs"]["deploy"]["needs"] == "build"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_rights_are_given_per_job_and_actions_are_pinned(file: Path):
    text = file.read_text(encoding="utf-8")
    values: dict[str, Any] = yaml.safe_load(text)
    assert values["permissions"] == {}
    assert all("permissions" in job and "timeout-minutes" in job for job in values["jobs"].values())
    for line in re.findall(r"uses: .*", text):
        owned = r"(?:actions/[a-z-]+|pypa/gh-action-pypi-publish)"
        assert re.fullmatch(rf"uses: {owned}@[0-9a-f]{{40}} # v\d+\.\d+\.\d+", line), line


def test_the_job_that_reads_what_strangers_published_may_write_nothing():
    text = yaml.safe_load((ROOT / ".github" / "workflows" / "nightly.yml").read_text())
    compute = text["jobs"]["compute"]
    assert set(compute["permissions"].values()) == {"read"}
    assert "secrets." not in json.dumps(compute)
