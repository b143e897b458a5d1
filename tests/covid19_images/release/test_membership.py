"""Shards: an image stays where it is, and packing is the same every time."""

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from covid19_images.release import tar
from covid19_images.release.membership import Member, assign, dumps, loads
from flows.publish.shards import Packed, fill, next_number, shard_name

IDS = [f"c19-{k:016x}" for k in range(12)]
WANTED = st.dictionaries(st.sampled_from(IDS), st.sampled_from(["1" * 40, "2" * 40]), max_size=12)


def _all(assignment, start: int) -> list[Member]:
    found = [m for ms in assignment.kept.values() for m in ms]
    found += [m for ms in assignment.rewritten.values() for m in ms]
    return found + [Member(shard_name("x", start), *one) for one in assignment.fresh]


@given(st.lists(WANTED, max_size=6))
def test_through_any_history_an_image_moves_only_when_it_changed(
    history: list[dict[str, str]],
) -> None:
    held: list[Member] = []
    used: list[str] = []
    for wanted in history:
        choices = {image: [(blob, "MIT")] for image, blob in wanted.items()}
        found = assign(held, choices)
        now = _all(found, next_number(used))
        assert {m.image_id: m.blob for m in now} == wanted
        assert len(now) == len(wanted)
        before = {m.image_id: m for m in held}
        for member in now:
            old = before.get(member.image_id)
            if old and old.blob == member.blob:
                assert member == old
            else:
                assert member.shard not in used
        untouched = {m.shard for m in held} - {
            m.shard for m in held if wanted.get(m.image_id) != m.blob
        }
        assert set(found.kept) == untouched
        used += [m.shard for m in now]
        held = now
        assert loads(dumps(held)) == sorted(held)


def _packed(k: int, size: int) -> Packed:
    entry = (f"{IDS[k]}.png", bytes([k]) * size)
    return Packed(Member("", IDS[k], "b", "MIT"), entry[0], {"images": [entry]})


@given(st.lists(st.integers(0, 3000), min_size=1, max_size=12), st.integers(10_240, 40_000))
def test_shards_are_as_full_as_they_may_be_and_never_larger(sizes: list[int], most: int) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        names = (shard_name("x", k) for k in range(99))
        images = [_packed(k, size) for k, size in enumerate(sizes)]
        written = list(fill(Path(scratch), names, images, max_bytes=most))
        assert [m.image_id for one in written for m in one.members] == IDS[: len(sizes)]
        for one in written:
            file = one.files["images"]
            path = Path(scratch, file.name)
            assert path.stat().st_size == file.size <= most
            for member in one.members:
                k = IDS.index(member.image_id)
                assert tar.read(path, one.mains[member.image_id]) == bytes([k]) * sizes[k]
        assert not list(Path(scratch).glob(".*"))
