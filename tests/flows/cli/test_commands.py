"""The commands beside the nights, as a person meets them."""

import datetime as dt
import email.utils
from collections.abc import Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from flows.cli import checks
from flows.cli.app import app
from flows.config.policy import Forge, Policy
from flows.forge.registry import Setting, inspect_forge
from tests.support.collection import SIMPLE, Collection
from tests.support.github.hub import COLLECTION, Hub
from tests.support.pictures import png
from tests.support.releases import release
from tests.support.upstream import Upstream

NOW = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)


def bot(collection: Collection, *words: str, cache: bool = True) -> Result:
    places = ["--checkout", str(collection.folder)]
    places += ["--cache", str(collection.cache)] if cache else []
    return CliRunner().invoke(app, [*words, *places])


@pytest.fixture
def ready(collection: Collection, upstream: Upstream) -> Collection:
    upstream.commit({f"images/{i}.png": png(i) for i in range(3)})
    collection.source("set", SIMPLE.format(url=upstream.url))
    return collection


def test_status_says_how_every_source_is_and_when_it_goes_on(ready: Collection, upstream: Upstream):
    assert "set  not imported yet  first import" in bot(ready, "status").output
    ready.night()
    ready.merge()
    done = bot(ready, "status")
    assert done.exit_code == 0
    assert f"set  {upstream.tip()[:7]}  3 images, newest " in done.output
    assert "days old  unchanged" in done.output
    assert "Next night" in done.output
    upstream.folder.rename(upstream.folder.with_name("away"))
    assert bot(ready, "status").exit_code == 1
    assert bot(ready, "status", "--offline").exit_code == 0


def test_doctor_says_what_where_and_what_to_do(ready: Collection, upstream: Upstream):
    done = bot(ready, "doctor")
    assert done.exit_code == 0, done.output
    lines = {line.split(":")[0]: line for line in done.output.splitlines()}
    assert lines["ok    config"] == "ok    config: 1 sources."
    assert "main is at" in lines["ok    checkout"]
    assert "none needed" in lines["ok    token"]
    assert "master is at" in lines["ok    upstream set"]
    upstream.folder.rename(upstream.folder.with_name("away"))
    assert "look  upstream set: gone" in bot(ready, "doctor").output


def test_doctor_names_a_takedown_that_takes_nothing_down(ready: Collection):
    decided = (
        '[[exclude]]\nimage = "set/images/99.png"\n'
        'by = "me"\ndate = 2026-11-01\nreason = "rights"\n'
    )
    (ready.folder / "config" / "decisions.toml").write_text(decided, encoding="utf-8")
    done = bot(ready, "doctor")
    assert done.exit_code == 1
    assert "bad   decisions: the takedown of set/images/99.png matches no image" in done.output


def policy(hub: Hub) -> Policy:
    forge = Forge(kind="github", repository=COLLECTION, server=hub.url, api=hub.url)
    return Policy(forge=forge)


def test_doctor_knows_what_a_token_may_do(hub: Hub):
    found = _token(policy(hub), {"GITHUB_TOKEN": hub.token})
    assert (found.state, found.says) == (
        "ok",
        f"from GITHUB_TOKEN; it may write to {COLLECTION}",
    )
    odd = _token(policy(hub), {"GITHUB_TOKEN": "made-up"})
    assert (odd.state, "made-up" in f"{odd}") == ("bad", False)
    assert _token(policy(hub), {}).state == "bad"
    assert _token(Policy(forge=Forge(kind="github")), {}).says == (
        "config/policy.toml names no repository"
    )


def _token(policy: Policy, environment: Mapping[str, str]) -> Setting:
    return next(iter(inspect_forge(policy, environment, stored=lambda _name: None)))


def _settings(policy: Policy, environment: Mapping[str, str]) -> list[Setting]:
    return list(inspect_forge(policy, environment, stored=lambda _name: None))[1:]


def found(hub: Hub, token: str) -> dict[str, Setting]:
    listed = _settings(policy(hub), {"GITHUB_TOKEN": token})
    return {one.name: one for one in listed}


def test_doctor_finds_the_settings_that_a_fresh_repository_has_wrong(hub: Hub):
    hub.runs_of("nightly.yml", {}, state="active")
    assert {one.state for one in found(hub, hub.owner_token).values()} == {"ok"}
    hub.settings(issues=False, actions=False, pulls_by_actions=False)
    hub.runs_of("nightly.yml", {}, state="disabled_fork")
    wrong = found(hub, hub.owner_token)
    assert {name: one.state for name, one in wrong.items()} == {
        "issues": "look",
        "actions": "bad",
        "pull requests by Actions": "bad",
        "workflow nightly.yml": "bad",
    }
    assert "Settings → Actions → General" in wrong["pull requests by Actions"].do
    assert "Settings → General → Features" in wrong["issues"].do
    assert wrong["workflow nightly.yml"].says == "off, as in every fork"
    # A token that is not an owner's is not shown them; then the words say what is usual.
    unseen = found(hub, hub.token)["pull requests by Actions"]
    assert (unseen.state, "a fresh repository forbids them" in unseen.says) == ("look", True)


def test_doctor_says_what_to_do_where_there_is_no_repository(hub: Hub):
    forge = Forge(kind="github", repository="maintainer/nothing", server=hub.url, api=hub.url)
    missing = Policy(forge=forge)
    environment = {"GITHUB_TOKEN": hub.token}
    assert "Make it, or mend" in _token(missing, environment).do
    assert list(_settings(missing, environment)) == []


def test_doctor_holds_the_clock_against_a_server(hub: Hub):
    import requests

    header = requests.head(hub.url, timeout=9).headers["Date"]
    now = email.utils.parsedate_to_datetime(header)
    assert checks.clock(hub.url, now).state == "ok"
    assert checks.clock(hub.url, now + dt.timedelta(hours=2)).state == "bad"
    assert checks.clock("http://127.0.0.1:9", now).state == "look"


def test_doctor_finds_what_would_change_git():
    found = checks.git_settings({"GIT_SSL_NO_VERIFY": "1", "GIT_AUTHOR_NAME": "me", "HOME": "/"})
    assert found.says == "GIT_SSL_NO_VERIFY set; fetching upstreams ignores them"


TABLE = b"filename,finding,patientid,weather\n0.png,COVID-19,1,sun\n1.png,Pneumonia,2,rain\n"
KNOWN = """
[[tables]]
files = ["x.csv"]
path = "images/{filename}"
[tables.fields]
finding = ["finding"]
patient = ["patientid"]
"""


def test_a_new_source_is_described_as_far_as_can_be_told(
    ready: Collection, upstream: Upstream, tmp_path: Path
):
    ready.source("set", SIMPLE.format(url=upstream.url) + KNOWN)
    new = Upstream(tmp_path / "chest-set.git")
    pictures = {f"pictures/{i}.png": png(i) for i in range(2)}
    new.commit({**pictures, "metadata.csv": TABLE, "README.md": b"#", "scripts/x.py": b"1"})
    done = bot(ready, "sources", "add", new.url, cache=False)
    assert done.exit_code == 0, done.output
    assert "2 images, 1 table." in done.output
    text = (ready.folder / "config" / "sources" / "chest-set.toml").read_text()
    assert 'images = ["/pictures/"]' in text
    assert 'ignore = ["/*.md", "/scripts/"]' in text
    assert 'path = "pictures/{filename}"' in text
    assert 'finding = ["finding"]' in text
    assert 'patient = ["patientid"]' in text
    assert 'unused = ["weather"]' in text
    assert text.count("# ?") == 7
    checked = bot(ready, "sources", "check", "chest-set")
    assert checked.exit_code == 0
    said_of = checked.output.splitlines()[1:]
    assert said_of[:2] == [
        "  not stated: 2 images without view",
        "  not stated: 2 images without licence",
    ]
    assert said_of[2].startswith("  pictures/0.png  finding COVID-19, basis stated, modality XR, ")
    assert said_of[3].startswith("  pictures/1.png  finding Pneumonia, basis stated, modality XR, ")
    again = bot(ready, "sources", "add", new.url, cache=False)
    assert again.exit_code == 2
    assert "is there already" in again.output


def test_the_first_source_is_added_where_there_is_none(
    collection: Collection, upstream: Upstream
) -> None:
    upstream.commit({"x/0.png": png(0)})
    (collection.folder / "config" / "sources").rmdir()
    done = bot(collection, "sources", "check")
    assert done.exit_code == 2
    assert "sources add URL" in done.output
    done = bot(collection, "sources", "add", upstream.url, "--name", "first", cache=False)
    assert done.exit_code == 0, done.output
    assert (collection.folder / "config" / "sources" / "first.toml").exists()


def test_a_repository_without_images_is_not_described(
    collection: Collection, upstream: Upstream
) -> None:
    upstream.commit({"a.zip": b"PK", "README.md": b"x", "images/0.png": None})
    done = bot(collection, "sources", "add", upstream.url, "--name", "first", cache=False)
    assert done.exit_code == 1
    assert "no file looks like an image" in done.output
    assert "what is in archives is not read: 1 file, such as a.zip" in done.output
    assert "Nothing was written" in done.output
    assert not (collection.folder / "config" / "sources" / "first.toml").exists()


def test_class_folders_are_recognised(ready: Collection, tmp_path: Path):
    new = Upstream(tmp_path / "folders.git")
    new.commit({"train/covid/0.png": png(0), "train/normal/1.png": png(1), "train/x/2.png": png(2)})
    bot(ready, "sources", "add", new.url, cache=False)
    text = (ready.folder / "config" / "sources" / "folders.toml").read_text()
    assert 'match = "(^|/)(?P<finding>covid|normal)/[^/]+$"' in text


def test_what_cannot_be_told_is_marked(ready: Collection, tmp_path: Path):
    new = Upstream(tmp_path / "odd.git")
    bare = {f"case/IM{i:04}": b"DICM" for i in range(6)}
    new.commit({**bare, "docs/a.png": png(0), "odd.csv": b"a,b\n1,2\n"})
    bot(ready, "sources", "add", new.url, cache=False)
    text = (ready.folder / "config" / "sources" / "odd.toml").read_text()
    assert "# ? case/ holds 6 files without an ending; taken for DICOM" in text
    assert "# ? docs/ holds 1 pictures that look like prose's own; they are left out" in text
    assert "# ? odd.csv: no column names the images" in text
    assert "# ? nothing says what the images show" in text


def test_hostile_names_stay_text(ready: Collection, tmp_path: Path):
    new = Upstream(tmp_path / "hostile.git")
    new.commit({'im"]\nevil = ["*/0.png': png(0), "a[b]*/1.png": png(1), "x.csv": b'f"\n,b\n0,1\n'})
    done = bot(ready, "sources", "add", new.url, cache=False)
    assert done.exit_code == 0, done.output
    text = (ready.folder / "config" / "sources" / "hostile.toml").read_text()
    assert "\nevil" not in text
    checked = bot(ready, "sources", "check", "hostile")
    assert "1 image at" in checked.output


def test_a_repository_that_does_not_answer_is_said(ready: Collection, tmp_path: Path):
    done = bot(ready, "sources", "add", f"file://{tmp_path}/none", cache=False)
    assert done.exit_code == 1
    assert "Nothing was written" in done.output


def test_check_says_what_no_longer_fits(ready: Collection, upstream: Upstream):
    ready.source("set", SIMPLE.format(url=upstream.url) + KNOWN + "[expect]\nmin_images = 9\n")
    upstream.commit({"elsewhere/x.png": png(9)})
    done = bot(ready, "sources", "check")
    assert done.exit_code == 1
    assert "fewer than expect.min_images (9)" in done.output
    assert "unlisted_file: elsewhere/x.png" in done.output
    assert "table_missing: x.csv" in done.output


WHOLE = """
licence = "CC0-1.0"
[[paths]]
match = '(?P<patient>p[0-9])/'
[always]
finding = "COVID-19"
label_basis = "dataset"
modality = "XR"
view = "PA"
"""


def test_check_says_that_all_is_explained_only_where_it_is(
    ready: Collection, upstream: Upstream
) -> None:
    text = SIMPLE.format(url=upstream.url)
    head, files = text.split("[files]")
    licence, rules = WHOLE.strip().split("\n", 1)
    whole = f"{head}{licence}\n[files]{files}{rules}\n"
    upstream.commit({f"images/{i}.png": None for i in range(3)})
    upstream.commit({"images/p1/0.png": png(0), "images/p2/1.png": png(1)})
    ready.source("set", whole)
    done = bot(ready, "sources", "check")
    assert (done.exit_code, done.output.splitlines()[1:]) == (0, ["  all of it is explained"])
    upstream.commit({"images/q/p1/2.png": png(2), "images/masks/p2/1.png": png(3)})
    done = bot(ready, "sources", "check")
    assert done.exit_code == 1
    assert "/images/masks/ looks like masks, by the folder's name" in done.output
    assert "2 patients in several folders, such as one in images/p1, images/q/p1" in done.output
    ready.source("set", whole.replace('finding = "COVID-19"', 'finding = "purple"'))
    done = bot(ready, "sources", "check")
    assert "finding is 'purple', which has no word in the vocabulary" in done.output
    assert "not stated: 4 images without finding" in done.output


def test_check_shows_twelve_pictures_with_their_rows(
    ready: Collection, upstream: Upstream, tmp_path: Path
) -> None:
    upstream.commit({f"images/{i:02}<b>.png": png(i) for i in range(12)})
    upstream.commit({"images/Maria-Lopez-2020-03-14.png": png(12)})  # with those there, 14
    page = tmp_path / "page.html"
    done = bot(ready, "sources", "check", "set", "--page", str(page))
    assert "12 pictures and their rows" in done.output
    text = page.read_text(encoding="utf-8")
    assert text.count("data:image/webp;base64,") == 12
    assert "<b>" not in text
    ready.source("other", SIMPLE.format(url=upstream.url))
    done = bot(ready, "sources", "check", "--page", str(page))
    assert done.exit_code == 2
    assert "name it" in done.output


def test_site_shows_what_is_merged_and_what_is_released(ready: Collection, tmp_path: Path):
    ready.night()
    ready.merge()
    release(ready, ready.folder / ".releases")
    to = str(tmp_path / "site")
    done = bot(ready, "site", "--to", to, cache=False)
    assert done.exit_code == 0, done.output
    [page] = (tmp_path / "site" / "releases").glob("20*/index.html")
    assert "3 images" in page.read_text("utf-8")
    assert len([*(tmp_path / "site" / "pictures").rglob("*.html")]) == 3
    assert "0 files written" in bot(ready, "site", "--to", to, cache=False).output
    [index] = (ready.folder / ".releases").glob("20*/index.json")
    index.write_text("{}", encoding="utf-8")
    broken = bot(ready, "site", "--to", to, cache=False)
    assert broken.exit_code == 1
    assert "cannot be read" in broken.output
