"""The history of one picture is read from the collection's own git history."""

import json
import time
from pathlib import Path

import git as gitpython
from typer.testing import CliRunner, Result

from flows.cli.app import app
from flows.collection.checkout import Checkout
from flows.collection.histories import histories
from flows.collection.row_history import history, row_of
from tests.support.collection import SIMPLE, Collection
from tests.support.pictures import png
from tests.support.upstream import Upstream, git

TABLE = b"filename,finding\n0.png,SARS\n1.png,SARS\n"
FIELDS = """
[[tables]]
files = ["metadata.csv"]
path = "images/{filename}"
[tables.fields]
finding = ["finding"]
"""


def ask(collection: Collection, *words: str) -> Result:
    place = ["--checkout", str(collection.folder)]
    return CliRunner().invoke(app, ["history", *words, *place])


def merge(collection: Collection, number: int) -> None:
    """Merge what is proposed as GitHub does."""
    git(collection.folder, "reset", "--quiet", "--hard")
    words = f"Merge pull request #{number} from maintainer/sync/datasets"
    git(collection.folder, "merge", "--quiet", "--no-ff", "sync/datasets", "-m", words)


def begin(collection: Collection, upstream: Upstream) -> None:
    """Three merged nights: added, labelled otherwise, renamed; a copy in another source."""
    upstream.commit({f"images/{i}.png": png(i) for i in range(2)} | {"metadata.csv": TABLE})
    collection.source("set", SIMPLE.format(url=upstream.url) + FIELDS)
    git(collection.folder, "add", "config")
    git(collection.folder, "commit", "--quiet", "-m", "config")
    collection.night()
    merge(collection, 1)
    upstream.commit({"metadata.csv": TABLE.replace(b"0.png,SARS", b"0.png,COVID-19")})
    collection.night()
    merge(collection, 2)
    renamed = TABLE.replace(b"0.png,SARS", b"a b.png,COVID-19")
    upstream.commit({"images/a b.png": png(0), "images/0.png": None, "metadata.csv": renamed})
    collection.night()
    merge(collection, 3)


def test_it_says_which_night_added_a_picture_and_what_changed_since(begun: Collection):
    done = ask(begun, "set/images/a b.png", "--json")
    assert done.exit_code == 0, done.output
    document = json.loads(done.output)
    assert document["schema"] == 1
    [row] = document["rows"]
    assert [one["act"] for one in row["events"]] == ["added", "changed", "renamed"]
    added, changed, renamed = row["events"]
    assert [one["proposal"] for one in row["events"]] == [1, 2, 3]
    assert added["night"] == "2026-11-23"
    assert added["path"] == "images/0.png"
    assert changed["changes"]["finding"] == ["SARS", "COVID-19"]
    assert renamed["changes"]["path"] == ["images/0.png", "images/a b.png"]
    assert row["whole"]


def test_an_image_id_means_every_row_that_shows_the_picture(begun: Collection):
    [picture] = [one for one in begun.records("set", "main").values() if one.path == "images/1.png"]
    done = ask(begun, picture.image_id)
    assert done.output.splitlines()[0].startswith(f"set/images/1.png  {picture.image_id}  active")
    assert "added      night of 2026-11-23 (#1, " in done.output


def test_what_was_renamed_away_has_a_history_under_its_old_name_too(begun: Collection):
    events = json.loads(ask(begun, "set/images/0.png", "--json").output)["rows"][0]["events"]
    assert [one["act"] for one in events] == ["added", "changed", "left"]


def test_what_nobody_knows_is_said_with_what_would_be_right(begun: Collection):
    done = ask(begun, "set/images/9.png")
    assert done.exit_code == 1
    assert "No row is called" in done.output


def test_copies_are_listed_with_where_they_came_from(begun: Collection, tmp_path: Path):
    other = Upstream(tmp_path / "other.git")
    other.commit({"images/copy.png": png(1)})
    begun.source("other", SIMPLE.format(url=other.url).replace("order = 1", "order = 2"))
    begun.night()
    merge(begun, 4)
    printed = ask(begun, "set/images/1.png").output
    assert (
        f"copy  other/images/copy.png  bytes, decided by bytes, active, from {other.url}" in printed
    )


def test_a_history_that_is_cut_off_says_so(begun: Collection):
    done = ask(begun, "set/images/a b.png", "--most", "1")
    assert "older than what was read" in done.output
    assert "added" not in done.output


def test_a_squash_names_its_pull_request_too(begun: Collection, upstream: Upstream):
    upstream.commit({"metadata.csv": TABLE.replace(b"1.png,SARS", b"1.png,COVID-19")})
    begun.night()
    title = git(begun.folder, "show", "--no-patch", "--format=%B", "sync/datasets")
    tree = begun.tree()
    squashed = title.replace("\n", " (#12)\n", 1)
    made = git(begun.folder, "commit-tree", tree, "-p", "main", "-m", squashed).strip()
    git(begun.folder, "update-ref", "refs/heads/main", made)
    events = json.loads(ask(begun, "set/images/1.png", "--json").output)["rows"][0]["events"]
    assert [one["proposal"] for one in events] == [1, 12]


def test_all_rows_together_have_the_histories_that_each_has_alone(begun: Collection):
    repo = Checkout(begun.folder).repo
    found = histories(repo, repo.head.commit)
    assert found.whole
    assert [(one.proposal, one.moved) for one in found.merges] == [(n, ("set",)) for n in (1, 2, 3)]
    assert len(found.rows) == 2
    for key, changes in found.rows.items():
        source, _, path = key.partition("/")
        alone = history(repo, repo.head.commit, source, path).events
        assert [(c.act, c.merge.commit) for c in changes] == [(e.act, e.commit) for e in alone]
        assert [c.cells for c in changes if c.act == "changed"] == [
            e.changes for e in alone if e.act == "changed"
        ]
    cut_off = histories(repo, repo.head.commit, 2)
    assert not cut_off.whole
    acts = [change.act for change in cut_off.rows["set/images/a b.png"]]
    assert acts == ["changed", "renamed"]


def test_a_row_of_several_lines_and_one_that_left_are_followed(tmp_path: Path):
    repo = gitpython.Repo.init(tmp_path)
    file = tmp_path / "datasets" / "manifest" / "set.csv"
    file.parent.mkdir(parents=True)
    first = 'source,path,blob,notes\nset,a,1,"two\nlines"\nset,b,2,\n'
    for text in (first, first.replace("lines", "words"), first.replace("set,b,2,\n", "")):
        file.write_text(text, encoding="utf-8")
        repo.index.add([str(file)])
        repo.index.commit("a person's")
    found = histories(repo, repo.head.commit)
    acts = {key: [change.act for change in changes] for key, changes in found.rows.items()}
    assert acts == {"set/a": ["added", "changed", "changed"], "set/b": ["added", "left"]}
    [_, changed, _] = found.rows["set/a"]
    assert changed.cells == {"notes": ("two\nlines", "two\nwords")}


def test_a_row_is_found_whatever_its_path_holds():
    text = 'source,path,blob\nset,"a,""b"".png",1\nset,c.png,2\n'
    assert row_of(text, "set", 'a,"b".png') == {"source": "set", "path": 'a,"b".png', "blob": "1"}
    assert row_of(text, "set", "b.png") is None


def test_five_years_of_nights_are_read_in_seconds(tmp_path: Path):
    """1,000 nights of a manifest of 2,000 rows."""
    repo = gitpython.Repo.init(tmp_path / "years")
    header = "source,path,blob,notes\n"
    rows = [f"set,{i:05d}.png,{i:040x},\n" for i in range(2_000)]
    stream = []
    for night in range(1_000):
        rows[night] = rows[night].replace(",\n", ",noted\n")
        data = header + "".join(rows)
        stream += [
            "commit refs/heads/main",
            f"committer a <a@example.org> {1_600_000_000 + night * 86_400} +0000",
            "data 5\nnight",
            f"M 100644 inline datasets/manifest/set.csv\ndata {len(data)}\n{data}",
        ]
    git(tmp_path / "years", "fast-import", "--quiet", stdin=("\n".join(stream) + "\n").encode())
    checkout = Checkout(tmp_path / "years")
    begun = time.monotonic()
    past = history(checkout.repo, repo.commit("main"), "set", "00500.png")
    assert time.monotonic() - begun < 20
    assert [one.act for one in past.events] == ["added", "changed"]
