"""What is joined to a table is read with it, and is neither an image nor an unlisted file."""

from pathlib import Path

from flows.config.source import Source
from flows.labels.assign import label
from flows.labels.table import TableDiff
from flows.labels.written import Written
from flows.night.listing import scan
from flows.upstream.clone import Clone
from flows.upstream.observe import Tip, observe
from tests.support.upstream import Upstream


def test_a_night_reads_what_is_joined_and_counts_what_changed_in_it(tmp_path: Path) -> None:
    upstream = Upstream(tmp_path / "up.git")
    rows = b"file,case\na.png,P1\nb.png,P2\n"
    before = {"images/a.png": b"1", "images/b.png": b"2", "images.csv": rows}
    old = upstream.commit(before | {"images/patients.csv": b"id,age\nP1,65\nP2,40\n"})
    new = upstream.commit({"images/patients.csv": b"id,age\nP1,65\nP2,41\nP3,9\n"})
    join = {"files": ["images/patients.csv"], "on": "case", "to": "id", "fields": {"age": "age"}}
    source = Source.model_validate(
        {
            "name": "set",
            "title": "",
            "owner": "",
            "url": upstream.url,
            "order": 1,
            "files": {"images": ["/images/"]},
            "tables": [{"files": ["images.csv"], "path": "images/{file}", "join": [join]}],
        }
    )
    clone = Clone(tmp_path / "clone", upstream.url, ("file",))
    tip = observe(upstream.url, None, protocols=("file",), hosts=())
    assert isinstance(tip, Tip)
    clone.fetch(tip)
    seen = scan(source, clone, old, new, ())
    assert [entry.path for entry in seen.images] == ["images/a.png", "images/b.png"]
    assert seen.problems == ()
    assert seen.table_diffs["images.csv"] == TableDiff(rows=2)
    assert seen.table_diffs["images/patients.csv"] == TableDiff(rows=3, added=1, changed=1)
    labelled = label(source, seen.tables, [entry.path for entry in seen.images])
    assert labelled.by_path["images/b.png"]["age"] == [Written("41", "images/patients.csv", 3)]
