"""The data card says how many volumes and masks there are, and how whole they are."""

from dataclasses import replace

from covid19_images.manifest.mask import MaskRow
from covid19_images.manifest.statements.conflicts import Conflict
from covid19_images.manifest.volume import SliceRow, VolumeRow
from covid19_images.manifest.volume_pair import VolumePairRow
from flows.collection.volumes import NONE, Volumes
from flows.publish.card.volumes import chapter


def volume(name: str, **values: object) -> VolumeRow:
    row = {"source": "set", "volume": name, "files": 1, "files_sha256": "0" * 64}
    return VolumeRow(**(row | values))  # type: ignore[arg-type]


def mask(path: str, **values: object) -> MaskRow:
    return MaskRow(source="set", path=path, blob="1" * 40, **values)  # type: ignore[arg-type]


HELD = Volumes(
    (
        volume("a", slices=30, units="HU", volume_id="c19v-" + "1" * 16),
        volume("b", slices=5, finding=("gaps",), missing_slices=7, volume_id="c19v-" + "1" * 16),
        volume("c", slices=1, finding=("localizer",)),
        volume("d", finding=("to_come",)),
        volume("taken down", slices=99),
    ),
    tuple(
        SliceRow(source="set", path=f"{name}.dcm", volume=name)
        for name in ("a", "b", "c", "d", "taken down")
    ),
    (
        mask("1.nii", volume="a", shows=("1=ground glass", "2=consolidation"), made_by="person"),
        mask("2.nii", volume="b", shows=("1=ground glass", "2=ground glass"), made_by="person"),
        mask("3.png", picture="a.dcm", shows=("*=lung",), made_by="model", agreement="other_size"),
        mask("4.nii", volume="taken down", shows=("*=heart",)),
        mask("5.png", shows=("*=device",), agreement="missing"),
    ),
)
PRESENT = [f"set/{name}.dcm" for name in "abc"]


def test_volumes_are_counted_by_source_with_what_is_missing() -> None:
    text = "\n".join(chapter(HELD, PRESENT))
    assert "3 volumes, 1 of them in Hounsfield units." in text
    assert "With the same voxels as another one: 1." in text
    assert "| `set` | 3 | 36 | 1 | 7 | 1 | 1 |" in text


def test_copies_of_volumes_are_counted_where_both_are_in_use() -> None:
    pairs = (
        VolumePairRow(a="set/a", b="set/b", kind="part", kept="a"),
        VolumePairRow(a="set/a", b="set/c", kind="windowed", kept="a"),
        VolumePairRow(a="set/b", b="set/c", kind="part", kept="b"),
        VolumePairRow(a="set/a", b="set/taken down", kind="voxels"),
        VolumePairRow(a="set/a", b="set/a.dcm", b_is="picture", kind="slice"),
        VolumePairRow(a="set/a", b="set/gone.png", b_is="picture", kind="slice"),
    )
    text = "\n".join(chapter(replace(HELD, pairs=pairs), PRESENT))
    assert "Copies of other volumes: 2 (pairs: 2 part, 1 windowed)." in text
    assert "Pictures that are slices of volumes: 1." in text
    assert "Copies of other volumes" not in "\n".join(chapter(HELD, PRESENT))


def test_conflicts_are_counted_of_pictures_of_volumes_also_under_their_published_names() -> None:
    stated = {"field": "finding", "a_value": "COVID-19", "b_value": "No finding"}
    found = [
        Conflict(a="set/a.dcm", b="set/x.png", **stated),
        Conflict(a="set/w.dcm", b="set/withheld/7", **stated),
        Conflict(a="set/x.png", b="set/y.png", **stated),
        Conflict(a="set/taken down.dcm", b="set/y.png", **stated),
    ]
    text = "\n".join(chapter(HELD, PRESENT, {"set/b.dcm": "withheld/7"}, found))
    assert "Conflicts between statements about pictures of volumes: 2." in text


def test_all_five_figures_stand_in_it() -> None:
    pair = VolumePairRow(a="set/a", b="set/b", kind="part", kept="a")
    conflict = Conflict(
        field="finding", a="set/a.dcm", b="set/x.png", a_value="COVID-19", b_value="No finding"
    )
    text = "\n".join(chapter(replace(HELD, pairs=(pair,)), PRESENT, {}, [conflict]))
    for figure in (
        "3 volumes",
        "| source | volumes | slices |",
        "| source | shows | made by | files |",
        "about pictures of volumes: 1.",
        "Copies of other volumes: 1",
    ):
        assert figure in text


def test_masks_are_counted_by_class_and_who_made_them() -> None:
    text = "\n".join(chapter(HELD, PRESENT))
    assert "3 files of masks" in text
    assert "Of another size than what they belong to: 1." in text
    assert "| `set` | ground glass | person | 2 |" in text
    assert "| `set` | lung | model | 1 |" in text
    assert "heart" not in text
    assert "device" not in text


def test_a_release_without_them_has_no_such_chapter() -> None:
    assert chapter(NONE, PRESENT) == []
