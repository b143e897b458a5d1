"""A folder becomes the site: what is the same is not touched, and strangers' folders are left."""

from pathlib import Path

import pytest

from flows.site.write import SiteError, write


def test_only_what_differs_is_written_and_what_is_gone_is_removed(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    assert write(folder, [("a.html", b"1"), ("deep/er/b.html", b"2")]).written == 2
    untouched = (folder / "a.html").stat().st_mtime_ns
    done = write(folder, [("a.html", b"1"), ("c.html", b"3")])
    assert (done.written, done.unchanged, done.removed) == (1, 1, 1)
    assert (folder / "a.html").stat().st_mtime_ns == untouched
    assert not (folder / "deep").exists()


def test_a_folder_of_other_files_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_text("years of work")
    with pytest.raises(SiteError, match="holds files that are not of a site"):
        write(tmp_path, [("index.html", b"1")])
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.docx"]
