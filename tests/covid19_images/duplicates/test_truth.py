"""The engine on real pictures: 680 known copies, 301 known look-alikes, and nothing unexplained."""

import os
import pickle
from collections import defaultdict
from pathlib import Path

import cv2
import pytest
from filelock import FileLock

from covid19_images.duplicates import Different, Same, Undecided, decide, find
from covid19_images.duplicates.clusters import Link, links, together
from tests.covid19_images.duplicates import truth
from tests.support.collection import SHARED

# Two exposures of one child, minutes apart, in Darshan's BacterialPneumonia (the letter R and the
# left arm have moved): the most alike of all that is different, and left to a person.
LEFT_TO_A_PERSON = {"549.jpeg", "550.jpeg", "_549_8580488.jpeg", "_550_6411640.jpeg"}

# The other tests of this folder make copies of each kind themselves, and take seconds.
pytestmark = [pytest.mark.timeout(900), pytest.mark.slow]


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    """All pictures and all pairs; computed once, whatever the number of test workers."""
    if not (SHARED / "truth").is_dir():
        pytest.skip(f"the known pairs are not here ({SHARED / 'truth'})")
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    stored = folder / "duplicates-truth.pickle"
    with FileLock(f"{stored}.lock"):
        if not stored.exists():
            items = truth.items(folder)
            stored.write_bytes(pickle.dumps((items, find(items, []))))
        return pickle.loads(stored.read_bytes())


@pytest.fixture(scope="session")
def verdicts(world):
    return {(pair.a, pair.b): pair.verdict for pair in world[1]}


def _by_kind(world, verdicts):
    found = defaultdict(list)
    for one in {one.pair: one for one in truth.known("positive", world[0])}.values():
        found[one.kind].append((one.pair, verdicts.get(one.pair)))
    return found


@pytest.mark.parametrize(
    "kind",
    [
        "byte_identical_within",
        "reencoded_same_size",
        "resized_gray_400x300",
        "crop_reencode",
        "near_identical_within",
        "train_val_leak_resized",
        "resized_reencoded_label_conflict",
    ],
)
def test_every_known_copy_of_a_plain_kind_is_found(world, verdicts, kind):
    pairs = _by_kind(world, verdicts)[kind]
    assert pairs
    assert [pair for pair, verdict in pairs if not isinstance(verdict, Same)] == []


@pytest.mark.parametrize("kind", ["augmented", "augmented_oversampled"])
def test_99_of_100_augmentations_are_found(world, verdicts, kind):
    pairs = _by_kind(world, verdicts)[kind]
    assert sum(isinstance(verdict, Same) for _, verdict in pairs) >= 0.99 * len(pairs)


def test_every_panel_of_a_figure_is_found_as_a_part(world, verdicts):
    pairs = _by_kind(world, verdicts)["panel_of_composite"]
    parts = [v for _, v in pairs if isinstance(v, Same) and v.kind == "part"]
    assert len(parts) == len(pairs)


def test_a_picture_that_is_no_figure_is_not_cut(world):
    """But for one, whose edge is a line from top to bottom."""
    figures = {key for one in truth.known("positive", world[0]) for key in one.pair}
    figures -= {
        key
        for one in truth.known("positive", world[0])
        if one.kind != "panel_of_composite"
        for key in one.pair
    }
    cut = {item.key for item in world[0] if item.features.panels and "/docs/" not in item.key}
    assert {Path(key).name for key in cut - figures} <= {"61.jpeg"}


def test_no_known_look_alike_is_called_a_copy_or_even_doubted(world, verdicts):
    pairs = truth.known("hard_negative", world[0])
    assert len(pairs) == 301
    assert [one for one in pairs if one.pair in verdicts] == []


def test_a_painted_picture_is_its_original_and_none_of_its_look_alikes(world, tmp_path_factory):
    """One side of every tenth look-alike pair is painted with JET or RAINBOW.

    A painted slice belongs to no series any more: its neighbours are left to a person.
    """
    held = {item.key: item for item in world[0]}
    missed, false = [], []
    for at, pair in enumerate(truth.known("hard_negative", world[0])[::10]):
        one, other = (held[key] for key in pair.pair)
        clone = truth.cloned(one.source, tmp_path_factory.getbasetemp() / f"{one.source}.git")
        painted = truth.painted(one, clone, (cv2.COLORMAP_JET, cv2.COLORMAP_RAINBOW)[at % 2])
        right = (Different, Undecided) if one.modality == "CT" else Different
        missed += [one.key] if isinstance(decide(painted, one), Different) else []
        false += [] if isinstance(decide(painted, other), right) else [other.key]
    assert (missed, false) == ([], [])


def _explained(world):
    named = [Link(*one.pair, "resized") for one in truth.known("positive", world[0])]
    plain = {item.key.split("#")[0]: item.key for item in world[0]}
    named += [Link(*sorted(plain[key] for key in pair), "resized") for pair in truth.found_copies()]
    return together(named)


def test_every_other_confirmed_pair_is_explained_by_known_copies(world, verdicts):
    group = _explained(world)
    sure = [pair for pair, verdict in verdicts.items() if isinstance(verdict, Same)]
    strange = [(a, b) for a, b in sure if group.get(a, a) != group.get(b, b)]
    assert strange == []


def test_nearly_nothing_is_left_to_a_person(verdicts):
    doubts = [pair for pair, verdict in verdicts.items() if isinstance(verdict, Undecided)]
    names = {Path(key).name for pair in doubts for key in pair}
    assert names <= LEFT_TO_A_PERSON


@pytest.mark.parametrize(
    ("source", "count"), [("ieee8023", 5), ("figure1", 1)], ids=["ieee8023", "figure1"]
)
def test_the_copies_inside_a_collection_are_found(verdicts, source, count):
    inside = [
        pair
        for pair, verdict in verdicts.items()
        if isinstance(verdict, Same)
        and verdict.kind != "part"
        and all(key.startswith(f"{source}/") and "#" not in key for key in pair)
    ]
    assert len(inside) == count


def test_darshans_covid_pictures_are_traced_to_ieee8023(world):
    group = together(links(world[1]))
    folder = "darshan/covid19-detection-xray-dataset/NonAugmentedTrain/COVID-19/"
    own = [item.key for item in world[0] if item.key.startswith(folder)]
    ieee = {group[item.key] for item in world[0] if item.source == "ieee8023" and item.key in group}
    traced = [key for key in own if group.get(key) in ieee]
    assert len(traced) >= 0.95 * len(own)
