"""What `python -m tests.faults.downloads` does often, once: a verified copy, or one sentence."""

from pathlib import Path

from tests.faults.downloads import read_only
from tests.support import local_copy
from tests.support.server import serving


def test_a_folder_that_may_not_be_written_is_said_in_one_sentence(tmp_path: Path) -> None:
    made = local_copy.make(tmp_path / "made", count=4)
    releases = local_copy.publish(made, tmp_path / "releases")
    (releases / "latest.txt").write_text(made.version)
    with serving(releases) as site:
        assert read_only(site, tmp_path / "copy", 0) is None
