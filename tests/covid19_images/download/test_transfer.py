"""One file that is fetched: how slow a server may be."""

import hashlib
from pathlib import Path

import pytest

from covid19_images.download.errors import TransferError
from covid19_images.download.reach import Reach
from covid19_images.download.session import new_session
from covid19_images.download.transfer import Location, fetch
from covid19_images.download.watch import Watch
from tests.support.server import serving

CONTENT = bytes(range(256)) * 40


def _fetch(folder: Path, to: Path, *, bytes_per_s: int) -> None:
    (folder / "shard.tar").write_bytes(CONTENT)
    with serving(folder) as site:
        site.faults = lambda _, count: ("slow", bytes_per_s) if count < 50 else None
        url = f"{site.url}/shard.tar"
        fetch(
            new_session(),
            Location(url, reach=Reach.of([url])),
            to,
            sha256=hashlib.sha256(CONTENT).hexdigest(),
            size=len(CONTENT),
            watch=Watch(pace_s=0.3),
            backoff_s=0.001,
        )


def test_a_server_that_drips_is_given_up_and_what_it_sent_is_kept(tmp_path: Path) -> None:
    to = tmp_path / "here" / "shard.tar"
    with pytest.raises(TransferError, match=r"bytes in 0 s. What was fetched is kept"):
        _fetch(tmp_path, to, bytes_per_s=20)
    part = to.with_name("shard.tar.part").read_bytes()
    assert part
    assert CONTENT.startswith(part)


def test_a_slow_server_is_waited_for(tmp_path: Path) -> None:
    to = tmp_path / "here" / "shard.tar"
    _fetch(tmp_path, to, bytes_per_s=20_000)
    assert to.read_bytes() == CONTENT
