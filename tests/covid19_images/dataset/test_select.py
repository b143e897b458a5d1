"""Choosing images: by modality, split, source and label, and what is left out is said."""

import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import covid19_images as c19
from covid19_images.dataset.arguments import SelectionError
from covid19_images.dataset.select import select
from covid19_images.download.copy import LocalCopy, LocalCopyError
from covid19_images.download.squares import as_floats
from covid19_images.images.resize import sized
from tests.support import local_copy
from tests.support.local_copy import lungs


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> LocalCopy:
    return local_copy.make(tmp_path_factory.mktemp("copy"))


def test_a_split_of_a_modality_is_chosen(copy: LocalCopy) -> None:
    train = select("xray", "train", root=copy.folder)
    assert len(train) == 28
    assert {r.split for r in train.records} == {"train"}
    assert {r.modality for r in train.records} == {"XR"}
    assert {r.modality for r in select("ct", root=copy.folder).records} == {"CT"}
    assert {r.source for r in select(sources="kinds", root=copy.folder).records} == {"kinds"}


def test_the_three_splits_have_no_picture_in_common(copy: LocalCopy) -> None:
    whole = select(root=copy.folder)
    parts = [{r.image_id for r in whole.of(side).records} for side in whole.splits]
    assert sum(map(len, parts)) == len(set.union(*parts)) == len(whole)


def test_what_is_left_out_is_counted_with_its_reason(copy: LocalCopy) -> None:
    train = select("xray", "train", root=copy.folder)
    assert sorted(train.left_out.items()) == [
        ("copies of others", 1),
        ("not in this copy (covid19-images download --pointers fetches them)", 1),
        ("without a known covid", 1),
    ]
    assert "left out: 1 copies of others" in repr(train)


def test_quarantined_rows_are_never_given(copy: LocalCopy) -> None:
    every = select(root=copy.folder, unknown="keep", copies=True)
    assert not any(r.path == "out.png" for r in every.records)


def test_a_selection_prints_itself_usefully(copy: LocalCopy) -> None:
    lines = repr(select("xray", "train", root=copy.folder)).splitlines()
    assert lines[:3] == [
        "28 images of train, 224 × 224",
        "label covid: positive 14, negative 14",
        "from journal 28",
    ]


@pytest.mark.parametrize("ready", [True, False], ids=["squares shipped", "originals only"])
def test_squares_are_the_same_from_the_shards_and_from_the_originals(
    tmp_path: Path, ready: bool
) -> None:
    here = local_copy.make(tmp_path, count=4, ready=ready)
    chosen = select("xray", root=here.folder, sources="journal")
    expected = [sized(lungs(at, ill=at % 2 == 0), 224) for at in range(4)]
    assert np.array_equal(chosen.batch(range(4)), expected)
    assert np.array_equal(chosen.levels(2), expected[2])
    plain = select("xray", root=here.folder, sources="journal", cache=False)
    assert np.array_equal(plain.batch([3, 1]), [expected[3], expected[1]])


def test_pictures_can_have_their_own_sizes(copy: LocalCopy) -> None:
    chosen = select("xray", root=copy.folder, sources="journal", size=None)
    assert np.array_equal(chosen.levels(3), lungs(3, ill=False))
    with pytest.raises(SelectionError, match="name a size"):
        _ = chosen.squares


def test_a_selection_of_several_sources_gives_each_its_own_pictures(copy: LocalCopy) -> None:
    chosen = select(root=copy.folder)
    order = np.random.default_rng(0).permutation(len(chosen))
    expected = [copy.array(chosen.records[at], size=224) for at in order]
    assert np.array_equal(chosen.batch(order), expected)


def test_a_selection_travels_to_other_processes_by_its_paths(copy: LocalCopy) -> None:
    chosen = select(root=copy.folder).prepared()
    sent = pickle.dumps(chosen)
    assert len(sent) < chosen.squares.take(range(len(chosen))).nbytes / 4
    assert np.array_equal(pickle.loads(sent).batch([5, 3]), chosen.batch([5, 3]))


def test_classes_are_weighed_so_that_each_counts_alike(copy: LocalCopy) -> None:
    chosen = select(root=copy.folder)
    positive = float((chosen.targets == 1).mean())
    assert chosen.class_weights == pytest.approx([0.5 / (1 - positive), 0.5 / positive])
    total = [chosen.weights[chosen.targets == one].sum() for one in (0, 1)]
    assert total[0] == pytest.approx(total[1])
    with pytest.raises(SelectionError, match="findings"):
        _ = select(root=copy.folder, label="findings").class_weights


def test_only_training_pictures_are_augmented(copy: LocalCopy) -> None:
    whole = select(root=copy.folder, augment="strong")
    plain = select(root=copy.folder)
    for at, row in enumerate(whole.records):
        assert np.array_equal(whole.levels(at), plain.levels(at)) == (row.split != "train")
    with pytest.raises(SelectionError, match="for training"):
        select(split="test", root=copy.folder, augment=True)


def test_a_draw_depends_on_the_seed_the_picture_and_the_epoch_only(copy: LocalCopy) -> None:
    first = select(split="train", root=copy.folder, augment=True, seed=3)
    again = select(split="train", root=copy.folder, augment=True, seed=3, label="coarse3")
    other = select(split="train", root=copy.folder, augment=True, seed=4)
    assert np.array_equal(first.levels(5, draw=(2,)), again.levels(5, draw=(2,)))
    assert np.array_equal(first.batch([4, 5], draw=(2,))[1], first.levels(5, draw=(2,)))
    assert not np.array_equal(first.levels(5, draw=(2,)), first.levels(5, draw=(3,)))
    assert not np.array_equal(first.levels(5), other.levels(5))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"modality": "mri"}, "xray, ct, other, all"),
        ({"split": "dev"}, "train, validation, test"),
        ({"sources": "jurnal"}, "it has journal, kinds, others"),
        ({"modality": "other"}, "Its active images: train"),
    ],
)
def test_a_wrong_choice_is_told_what_there_is(
    copy: LocalCopy, options: dict[str, str], message: str
) -> None:
    with pytest.raises(SelectionError, match=message):
        select(root=copy.folder, **options)  # type: ignore[arg-type]


def test_another_release_is_not_passed_off_as_the_one_asked_for(copy: LocalCopy) -> None:
    with pytest.raises(LocalCopyError, match=r"and 2020\.01\.01 was asked for"):
        select(root=copy.folder, version="2020.01.01")


def test_numbers_from_0_to_1_are_exact() -> None:
    levels = np.arange(256, dtype=np.uint8)
    assert np.array_equal(as_floats(levels), levels.astype(np.float32) / np.float32(255))


def test_numpy_arrays_unpack_as_images_and_targets(copy: LocalCopy) -> None:
    found = c19.load("xray", "train", root=copy.folder)
    images, targets = found
    assert images.shape == (28, 224, 224)
    assert images.dtype == np.uint8
    assert targets.tolist() == [1, 0] * 14
    assert found.floats().max() <= 1
    assert found.classes == ("negative", "positive")
    assert "28 images of train" in repr(found)
    with pytest.raises(SelectionError, match="numpy, torch, tensorflow"):
        c19.load(framework="caffe", root=copy.folder)


def test_importing_the_package_imports_nothing_heavy() -> None:
    code = "import sys, covid19_images as c; print(sorted({m.split('.')[0] for m in sys.modules}"
    code += " & {'numpy', 'torch', 'tensorflow', 'PIL', 'cv2', 'pandas', 'scipy', 'datasets'}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_selection_has_slices_classes_and_a_table(copy: LocalCopy) -> None:
    train = select("xray", "train", root=copy.folder)
    assert train.classes == ("negative", "positive")
    assert train.class_to_idx == {"negative": 0, "positive": 1}
    part = train[2:6]
    assert part.records == train.records[2:6]
    assert np.array_equal(part.batch(range(4)), train.batch(range(2, 6)))
    levels, target = train[-1]
    assert np.array_equal(levels, train.levels(27))
    assert target == train.targets[27]
    assert len(list(train[:3])) == 3
    frame = train.to_pandas()
    assert frame["target"].tolist() == train.targets.tolist()
    assert frame["patient_id"].tolist() == [r.patient_id for r in train.records]


def test_parts_of_a_split_are_chosen_before_everything_else(copy: LocalCopy) -> None:
    first = select("xray", "train[:50%]", root=copy.folder)
    second = select("xray", "train[50%:]", root=copy.folder, label="findings")
    keys = {r.key for r in first.records}, {r.key for r in second.records}
    assert not keys[0] & keys[1]
    assert len(keys[0] | keys[1]) == 28
    assert first.splits == ("train",)


def test_what_a_filter_leaves_out_is_counted(copy: LocalCopy) -> None:
    chosen = select(split="test", root=copy.folder, view="PA")
    assert {r.view for r in chosen.records} == {"PA"}
    assert chosen.left_out["of another view, or without one"] == 6


def test_one_finding_is_a_label_and_several_are_columns(copy: LocalCopy) -> None:
    one = select(root=copy.folder, label="COVID-19")
    assert one.classes == ("no COVID-19", "COVID-19")
    assert np.array_equal(one.targets, select(root=copy.folder).targets)
    several = select(root=copy.folder, label=["Pneumonia", "COVID-19"])
    assert several.targets.shape == (len(several), 2)
    assert several.label.words(several.records[0]) == ["COVID-19"]
    assert len(several.to_pandas()["target"][0]) == 2
