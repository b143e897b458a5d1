"""A handover's volumes are of the rows beside them, or nothing is written."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from covid19_images.manifest import mask, table, volume, volume_pair
from covid19_images.manifest.mask import MaskRow
from covid19_images.manifest.record import Record
from covid19_images.manifest.volume import SliceRow, VolumeRow, files_sha256
from covid19_images.manifest.volume_pair import VolumePairRow
from flows.collection.state import SourceRow, State
from flows.config.load import Config, parse_source
from flows.night.handover import HandoverError
from flows.night.handover.check import check_collection, check_files, collection_after
from flows.night.handover.model import Proposed
from flows.night.handover.pictures import pictures, volume_entries
from flows.night.handover.rebuild import _check_unvisited
from flows.night.handover.unpack import Tables
from flows.proposal.pictures import NO_PICTURES
from tests.flows.proposal.drawn_volume import ROW
from tests.flows.proposal.drawn_volume import pictures as drawn_pictures
from tests.support.collection import SIMPLE

BLOBS = {f"images/{n}.dcm": str(n) * 40 for n in (1, 2)}
RECORDS = tuple(
    Record(source="set", path=path, blob=blob, status="refused", status_reason="x")
    for path, blob in BLOBS.items()
)
BEFORE = State(
    base="0" * 40,
    described={"set": SourceRow("set", "2" * 40, "", 2)},
    records={"set": RECORDS},
)
VOLUME = VolumeRow(source="set", volume="v", files=2, files_sha256=files_sha256(BLOBS))
SLICES = [SliceRow(source="set", path=path, volume="v") for path in BLOBS]
CONFIG = Config.model_construct(
    sources=(parse_source(SIMPLE.format(url="https://github.com/a/b"), Path("set.toml")),)
)


def tables(rows: list[VolumeRow], slices: list[SliceRow]) -> dict[str, bytes]:
    return {
        "datasets/volumes.csv": volume.dumps(rows).encode(),
        "datasets/slices.csv": volume.dumps_slices(slices).encode(),
    }


MASKS = "datasets/masks.csv"
MASK = MaskRow(source="set", path="m.nii", blob="3" * 40, volume="v", shows=("*=lung",))
HONEST = tables([VOLUME], SLICES) | {MASKS: mask.dumps([MASK]).encode()}


PAIR = VolumePairRow(a="set/v", b="set/images/1.dcm", b_is="picture", kind="slice")


def pairs(*rows: VolumePairRow, text: str = "") -> dict[str, bytes]:
    lines = [volume_pair.dumps([row]).partition("\n")[2] for row in rows]  # in their order
    return HONEST | {
        "datasets/volume_pairs.csv": (volume_pair.dumps([]) + "".join(lines) + text).encode()
    }


def masks(*rows: MaskRow) -> dict[str, bytes]:
    return tables([VOLUME], SLICES) | {MASKS: mask.dumps(rows).encode()}


def check(files: Mapping[str, bytes]) -> None:
    proposed = Tables(files=files)
    check_files(proposed, {"set"})
    check_collection(collection_after(proposed, BEFORE), CONFIG, BEFORE)


def test_honest_volumes_pass() -> None:
    check(HONEST)
    check(pairs(PAIR))


@pytest.mark.parametrize(
    ("files", "why"),
    [
        (tables([VOLUME, VOLUME], SLICES), "names a volume twice"),
        (tables([VOLUME], [*SLICES, SLICES[0]]), "names a picture twice"),
        (tables([VOLUME], SLICES[:1]), "pictures are not there"),
        (tables([], SLICES), "pictures are not there"),
        (tables([VOLUME], []), "pictures are not there"),
        (tables([replace(VOLUME, files_sha256="0" * 64)], SLICES), "pictures are not there"),
        (tables([replace(VOLUME, files=3)], SLICES), "pictures are not there"),
        (
            tables([replace(VOLUME, source="evil")], [replace(s, source="evil") for s in SLICES]),
            "pictures are not there",
        ),
        (tables([replace(VOLUME, kernel="<script>")], SLICES), "is no kernel"),
        (tables([replace(VOLUME, volume="../v")], SLICES), "is no volume"),
        (tables([VOLUME], [replace(SLICES[0], path="../../x")]), "is no path"),
        (masks(MASK, MASK), "names a mask twice"),
        (masks(replace(MASK, source="evil")), "evil, which has no pictures"),
        (masks(replace(MASK, volume="w")), "masks of what is not there"),
        (masks(replace(MASK, volume=None, picture="no.png")), "masks of what is not there"),
        (masks(replace(MASK, path="images/1.dcm")), "that are pictures"),
        (masks(replace(MASK, path="../m.nii")), "is no path"),
        (masks(replace(MASK, shows=("1=<script>",))), "is no shows"),
        (masks(replace(MASK, picture="images/1.dcm")), "is no volume"),
        (pairs(PAIR, PAIR), "names a pair twice"),
        (pairs(replace(PAIR, b="set/images/2.dcm"), PAIR), "is not in order"),
        (pairs(replace(PAIR, b="set/no.png")), "pairs of what is not there"),
        (pairs(replace(PAIR, a="set/w")), "pairs of what is not there"),
        (pairs(replace(PAIR, a="set/a", b="set/v", b_is="volume")), "pairs of what is not there"),
        (pairs(text="set/v,../x,picture,slice,a,,verified,\n"), "is no b"),
        ({"datasets/volumes.csv": b"\xff"}, "volumes.csv"),
        ({"datasets/slices.csv": b"source,path\n"}, "the header differs"),
    ],
)
def test_a_forged_table_is_refused(files: Mapping[str, bytes], why: str) -> None:
    with pytest.raises(HandoverError, match=why):
        check(files)


def test_a_picture_that_is_gone_takes_its_volume_along() -> None:
    gone = replace(RECORDS[0], status="withdrawn")
    rows = {"datasets/manifest/set.csv": table.dumps([gone, RECORDS[1]]).encode()}
    with pytest.raises(HandoverError, match="what is not there"):
        check(HONEST | rows)
    with pytest.raises(HandoverError, match="pictures are not there"):
        check(tables([VOLUME], SLICES) | rows)


def test_a_source_that_was_not_visited_has_no_new_volumes() -> None:
    after = collection_after(Tables(files=HONEST), BEFORE)
    with pytest.raises(HandoverError, match="was not visited"):
        _check_unvisited("set", BEFORE, after)


def test_what_is_drawn_of_volumes_is_handed_over_and_drawn_anew() -> None:
    made = replace(NO_PICTURES, volumes={ROW.key: drawn_pictures()})
    contents: dict[str, bytes] = {}

    def keep(content: bytes) -> str:
        name = hashlib.sha256(content).hexdigest()
        contents[name] = content
        return name

    proposed = Proposed(files={}, volumes=volume_entries(made, keep))
    again = pictures(
        Proposed.model_validate_json(proposed.model_dump_json(by_alias=True)), contents
    )
    [one], [other] = made.volumes.values(), again.volumes.values()
    assert again.volumes.keys() == made.volumes.keys()
    assert other.masks == one.masks
    for left, right in zip(one.planes, other.planes, strict=True):
        assert (left.axis, left.numbers, left.count) == (right.axis, right.numbers, right.count)
        assert (left.strip.width, left.strip.height) == (right.strip.width, right.strip.height)
    odd = proposed.volumes[0].planes[0].model_copy(update={"numbers": (1, 2, 3, 4, 5, 6, 7)})
    volume_of = proposed.volumes[0].model_copy(update={"planes": (odd,)})
    with pytest.raises(HandoverError, match="several heights"):
        pictures(proposed.model_copy(update={"volumes": (volume_of,)}), contents)
