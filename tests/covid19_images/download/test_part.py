"""The part of a file that is here: hashed while it grows."""

import hashlib
from pathlib import Path

from covid19_images.download.part import Part

CONTENT = bytes(range(256)) * 5000


def test_a_part_goes_on_where_an_earlier_run_stopped(tmp_path: Path) -> None:
    file = tmp_path / "new" / "shard.tar.part"
    with Part(file) as first:
        first.append(CONTENT[:700_000])
        assert file.stat().st_size == 700_000  # at once: a kill loses nothing
    with Part(file) as second:
        assert second.size == 700_000
        second.append(CONTENT[700_000:])
        assert second.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert file.read_bytes() == CONTENT


def test_a_part_that_begins_again_forgets_what_was_there(tmp_path: Path) -> None:
    file = tmp_path / "shard.tar.part"
    file.write_bytes(b"half of another file")
    with Part(file) as part:
        part.restart()
        part.append(CONTENT)
        assert (part.size, part.sha256) == (len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
    assert file.read_bytes() == CONTENT


def test_there_is_no_file_before_the_first_byte_and_an_empty_one_at_the_end(tmp_path: Path) -> None:
    file = tmp_path / "empty.part"
    with Part(file) as part:
        assert not file.exists()
        part.finish(synced=True)
    assert file.read_bytes() == b""
