"""What maintainers do and what settings forbid, on an emulation of GitHub that is not ours.

What that emulation does not know (reactions, who may write, Pages, what Actions may) a script
answers.
"""

import tomllib

import pytest

from tests.flows.forge.github.other import PROPOSAL, REPOSITORY, Other
from tests.flows.forge.github.world import BRANCH
from tests.support.collection import SIMPLE
from tests.support.pictures import png
from tests.support.upstream import Upstream

# On our own emulation there is a faster test of each.
pytestmark = pytest.mark.slow

TABLE = """
[[tables]]
files = ["t.csv"]
path = "images/{filename}"
[tables.fields]
finding = "finding"
"""
POLICY = """
protocols = ["file"]
min_free_bytes = 0
[forge]
kind = "github"
seconds_between_writes = 0
"""
NOBODY = """
[[exclude]]
image = "set/images/nobody.png"
reason = "owner"
by = "a maintainer"
date = 2026-11-23
"""
ACTIONS = f"/repos/{REPOSITORY}/actions"
ALLOWED = {"can_approve_pull_request_reviews": False, "default_workflow_permissions": "read"}
PAGE = f"{BRANCH}-page"
TIME = "2026-11-20T03:17:00Z"


def table(finding: str) -> bytes:
    rows = [f"{n}.png,{finding if n < 2 else 'SARS'}" for n in range(12)]
    return "\n".join(["filename,finding", *rows, ""]).encode()


def proposed(other: Other) -> str:
    done = other.run("sync", "--direct")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def reactions(other: Other) -> int:
    return sum(row[1].endswith("/reactions") for row in other.writes())


def workflow(name: str, state: str = "active") -> dict[str, object]:
    return {"id": 1, "name": name, "path": f".github/workflows/{name}", "state": state} | {
        "url": f"/repos/{REPOSITORY}/actions/workflows/{name}"
    }


@pytest.fixture
def other(other: Other, upstream: Upstream) -> Other:
    """Its source has pictures and labels, and its comments can be reacted to."""
    upstream.commit({f"images/{n}.png": png(n) for n in range(12)} | {"t.csv": table("SARS")})
    other.collection.source("set", SIMPLE.format(url=upstream.url) + TABLE)
    (other.collection.folder / "config/policy.toml").write_text(POLICY, encoding="utf-8")
    other.push()
    other.script("GET", "/collaborators/reviewer/permission$", {"permission": "write"})
    other.script("GET", "/reactions$", [])
    other.script("POST", "/reactions$", {"id": 1, "content": "+1"}, 201)
    return other


@pytest.fixture
def living(other: Other) -> Other:
    """Its first night is merged."""
    proposed(other)
    other.merge()
    return other


def test_relabels_are_grouped_and_reverted_by_a_command_then_pinned_and_released_by_hand(
    living: Other, upstream: Upstream
) -> None:
    first = upstream.tip()
    second = upstream.commit({"t.csv": table("COVID-19")})
    proposed(living)
    assert "SARS → COVID-19: 2" in living.pull.body.replace("`", "").replace("*", "")
    living.comment_as("stranger", "/sync revert set")
    living.writes()
    assert "The same is proposed already" in proposed(living)
    assert reactions(living) == 1
    living.comment_as("reviewer", "/sync revert set")
    assert f"pinned at {first[:7]} by reviewer until somebody releases it" in proposed(living)
    pushed = living.collection.file("config/decisions.toml", living.fetch(BRANCH))
    [pin] = tomllib.loads(pushed)["pin"]
    assert (pin["source"], pin["commit"], pin["by"]) == ("set", first, "reviewer")
    assert "SARS → COVID-19" not in living.pull.body
    # Merged, it stays where it is, whatever upstream does; and comes again once it is released.
    living.merge()
    upstream.commit({"images/0.png": None})
    proposed(living)
    assert list(living.repository.get_pulls(state="open")) == []
    (living.collection.folder / "config/decisions.toml").write_text(
        f'[[pin]]\nsource = "set"\ncommit = "{second}"\nby = "me"\ndate = 2026-11-25\n',
        encoding="utf-8",
    )
    living.push()
    proposed(living)
    assert living.pull.title == "1 source moved: 2 relabelled"


def test_a_takedown_that_matches_nothing_stands_in_the_status_issue(living: Other) -> None:
    folder = living.collection.folder
    (folder / "config/decisions.toml").write_text(NOBODY, encoding="utf-8")
    living.push()
    message = proposed(living)
    words = "the takedown of set/images/nobody.png matches no image"
    [issue] = [one for one in living.repository.get_issues() if one.pull_request is None]
    assert (words in message, words in issue.body.replace("`", "")) == (True, True)
    (folder / "config/decisions.toml").unlink()
    living.push()
    proposed(living)
    assert living.repository.get_issue(issue.number).state == "closed"


def test_a_comment_starts_a_night_at_once_also_while_a_release_waits(other: Other) -> None:
    other.night()
    other.script("GET", "/workflows/nightly.yml$", workflow("nightly.yml"))
    other.script("GET", "/workflows/release.yml$", workflow("release.yml"))
    other.script("POST", "/nightly.yml/dispatches$", None, 204)
    good = {"total_count": 1, "workflow_runs": [{"id": 1, "created_at": TIME}]}
    other.script("GET", "/runs$", good)
    number = str(other.pull.number)
    for login, text, started in (
        ("stranger", "/sync rebuild", False),
        ("reviewer", "what is /sync rebuild?", False),
        ("reviewer", "/sync rebuild", True),
    ):
        comment = other.comment_as(login, text)
        other.writes()
        done = other.run("acknowledge", number, str(comment))
        assert done.returncode == 0, done.stderr
        wrote = [path.rpartition("/")[2] for _, path, _ in other.writes()]
        assert wrote == (["reactions", "dispatches"] if started else [])
    other.run("watch")
    [issue] = [one for one in other.repository.get_issues() if one.pull_request is None]
    assert "A release waits for approval since 2026-11-20" in issue.body


@pytest.mark.parametrize(
    ("path", "answer", "words"),
    [
        (f"{ACTIONS}/permissions/workflow$", ALLOWED, "Allow GitHub Actions to create"),
        (f"{ACTIONS}/permissions$", {"enabled": False}, "press the button on the page *Actions*"),
        (
            f"{ACTIONS}/workflows/nightly.yml$",
            workflow("nightly.yml", "disabled_fork"),
            "off, as in every fork",
        ),
    ],
    ids=["pull requests by Actions", "Actions off", "a fork"],
)
def test_doctor_names_what_is_off_beforehand(
    other: Other, path: str, answer: dict[str, object], words: str
) -> None:
    other.script("GET", path, answer)
    done = other.run("doctor", "--forge", "github")
    assert done.returncode == 1
    assert words in done.stdout


def test_where_issues_are_off_the_night_and_doctor_say_so(other: Other) -> None:
    other.repository.edit(has_issues=False)
    assert "Settings → General → Features" in other.run("doctor", "--forge", "github").stdout
    other.repository.edit(has_issues=True)  # without, this emulation lists no pull requests either
    other.script("POST", "/issues$", {"message": "Issues has been disabled"}, 410)
    (other.collection.folder / "config/decisions.toml").write_text(NOBODY, encoding="utf-8")
    other.push()
    done = other.run("sync", "--direct")
    assert "Settings → General → Features" in done.stdout + done.stderr


def test_a_repository_that_is_not_there_is_named_by_doctor_and_by_the_night(other: Other) -> None:
    other.script("GET", f"/repos/{REPOSITORY}$", {"message": "Not Found"}, 404)
    for words in (("doctor", "--forge", "github"), ("sync", "--direct")):
        done = other.run(*words)
        assert done.returncode == 1, done.stdout + done.stderr
        assert "no such repository (404)" in done.stdout + done.stderr


def test_the_body_leads_to_pages_once_pages_shows_the_bots_branch(other: Other) -> None:
    other.pages = True
    other.night()
    assert "/actions/runs/7#artifacts" in other.pull.body.splitlines()[0]
    source = {"branch": PAGE, "path": "/"}
    other.script("GET", "/pages$", {"html_url": "https://bot.example/", "source": source})
    other.night()
    assert "[Open the review page](https://bot.example/)" in other.pull.body.splitlines()[0]
    assert other.collection.file("index.html", other.fetch(PAGE)).strip() == PROPOSAL.page
    other.night(None)
    assert "No proposal is open" in other.collection.file("index.html", other.fetch(PAGE))
    assert other.tip(BRANCH) is None
