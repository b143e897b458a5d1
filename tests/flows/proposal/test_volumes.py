"""What a proposal says of volumes: size, spacing, what is odd, and what is outlined by whom."""

from dataclasses import replace

import pytest

from flows.collection.volumes import Volumes
from flows.proposal.page import volumes
from flows.proposal.page.volumes import volume_cards
from flows.proposal.volumes import NewVolume, new_volumes
from tests.flows.proposal.drawn_volume import MASK, NEW, OTHER, ROW, pictures


def test_new_volumes_and_those_whose_masks_are_new_are_listed_and_no_others() -> None:
    other = replace(ROW, volume="b", volume_id="c19v-00000000000000bb")
    both = Volumes((ROW, other), masks=(MASK,))
    assert new_volumes(both, both) == []
    assert new_volumes(Volumes(), both) == [NewVolume(ROW, (MASK,)), NewVolume(other)]
    [found] = new_volumes(both, Volumes((ROW, other), masks=(MASK, OTHER)))
    assert found == NewVolume(ROW, (MASK, OTHER), is_new=False)


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
