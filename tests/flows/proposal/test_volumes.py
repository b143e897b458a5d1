"""What a proposal says of volumes: size, spacing, what is odd, and what is outlined by whom."""

from dataclasses import replace

import pytest

from flows.collection.volumes import Volumes
from flows.proposal.page import volumes
from flows.proposal.page.volumes import volume_cards
from flows.proposal.volumes import NewVolume, VolumesReport, report_volumes, section
from tests.flows.proposal.drawn_volume import MASK, NEW, OTHER, ROW, pictures
from tests.flows.proposal.small_night import CHANGES


def test_new_volumes_and_those_whose_masks_are_new_are_listed_and_no_others() -> None:
    other = replace(ROW, volume="b", volume_id="c19v-00000000000000bb")
    both = Volumes((ROW, other), masks=(MASK,))
    assert report_volumes(both, both) == VolumesReport()
    assert report_volumes(Volumes(), both).volumes == (NewVolume(ROW, (MASK,)), NewVolume(other))
    [found] = report_volumes(both, Volumes((ROW, other), masks=(MASK, OTHER))).volumes
    assert found == NewVolume(ROW, (MASK, OTHER), is_new=False)


def test_a_body_names_volumes_and_how_many_pictures_have_other_masks() -> None:
    of_picture = replace(MASK, volume=None, picture="a.png")
    before = Volumes((ROW, replace(ROW, volume="gone")), masks=(of_picture,))
    report = report_volumes(before, Volumes((ROW,), masks=(MASK,)))
    assert section(report, {}, level=2) == (
        "## Volumes and masks\n\n"
        "- `journal/scans/a.nii.gz`: only its masks changed, 24 × 24 × 12 voxels, "
        "1.5 × 1.5 × 3 mm, Hounsfield units, 1 file, 2 slices missing, "
        "gaps, outlined: ground glass and lung\n"
        "- No volume any more: `journal/gone`\n"
        "- journal: masks of 1 picture changed\n"
    )
    assert section(report, {}, level=3).startswith("### Volumes and masks\n\n- `journal/scans")


def test_a_source_says_of_how_many_images_only_the_masks_changed() -> None:
    of = {name: replace(MASK, volume=None, picture=name) for name in ("stays", "new", "gone")}
    before = Volumes((ROW,), masks=(of["gone"],))
    after = Volumes((ROW, replace(ROW, volume="b")), masks=(MASK, of["stays"], of["new"]))
    report = report_volumes(before, after)
    assert report.outlined_anew("journal", {"new", "gone"}) == 2  # the volume and "stays"
    assert report.outlined_anew("folders", set()) == 0
    assert report_volumes(before, before).outlined_anew("journal", set()) == 0
    assert replace(CHANGES[0], outlined=2).says == "moved on; masks of 2 images changed"
    assert CHANGES[0].says == "moved on"


def test_a_body_lists_twenty_volumes_and_counts_the_others() -> None:
    many = Volumes(tuple(replace(ROW, volume=f"{n:02}") for n in range(23)))
    listed = section(report_volumes(Volumes(), many), {}, level=2)
    assert listed.count("voxels") == 20
    assert "- … and 3 more in datasets/volumes.csv" in listed
    assert section(VolumesReport(), {}, level=2) == ""


def test_a_card_has_planes_and_the_classes_of_its_outlines() -> None:
    [card] = volume_cards([NEW], {ROW.key: pictures()}, {})
    assert card.words == (
        "24 × 24 × 12 voxels, 1.5 × 1.5 × 3 mm, Hounsfield units, 1 file, 2 slices missing, gaps"
    )
    assert [one.axis for one in card.planes] == ["axial", "coronal", "sagittal"]
    assert [(one.colour, one.words) for one in card.outlines] == [
        (1, "lung, by a person"),
        (2, "ground glass, by a person"),
        (0, "heart, by a model, not drawn"),
    ]


def test_where_there_is_no_room_for_planes_nothing_is_said_to_be_drawn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(volumes, "BUDGET_BYTES", 10)
    [card] = volume_cards([NEW], {ROW.key: pictures()}, {})
    assert card.planes == ()
    assert {one.colour for one in card.outlines} == {0}


def test_a_name_that_may_tell_a_person_is_not_shown() -> None:
    named = replace(ROW, volume="Smith^John.nii")
    [card] = volume_cards([NewVolume(named)], {}, {})
    assert "Smith" not in card.heading
    report = report_volumes(Volumes((replace(named, volume="Doe^Jane.nii"),)), Volumes((named,)))
    assert "Smith" not in section(report, {}, level=2)
    assert "Doe" not in section(report, {}, level=2)
