import cv2
import numpy as np
import pytest

from covid19_images.duplicates import Different, Same, Undecided, decide
from tests.covid19_images.duplicates.pictures import card, item, mask, tissue

PICTURE = tissue(1, 420, 360)


def _rotated(picture, degrees, scale=1.0):
    height, width = picture.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, scale)
    return cv2.warpAffine(picture, matrix, (width, height))


def _marked(picture):
    marked = picture.copy()
    cv2.arrowedLine(marked, (100, 100), (180, 180), 255, 6)
    cv2.putText(marked, "case 17", (20, 400), cv2.FONT_HERSHEY_SIMPLEX, 1, 255, 3)
    return marked


def _composite(*pictures):
    return np.vstack([np.hstack(pictures[:2]), np.hstack(pictures[2:])])


def _saved(picture, quality):
    return cv2.imdecode(
        cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_GRAYSCALE
    )


CHANGES = {
    "reencoded": _saved(PICTURE, 40),
    "resized": cv2.resize(PICTURE, (224, 224), interpolation=cv2.INTER_AREA),
    "cropped": np.ascontiguousarray(PICTURE[30:-10, 5:-40]),
    "annotated": _marked(PICTURE),
    "adjusted": 255 - PICTURE,
    "flipped": np.ascontiguousarray(PICTURE[:, ::-1]),
    "rotated": cv2.rotate(PICTURE, cv2.ROTATE_90_CLOCKWISE),
    "augmented": np.ascontiguousarray(_rotated(PICTURE, 14, 0.9)[:, ::-1]),
    "part": _composite(PICTURE, *(tissue(seed, 420, 360) for seed in (2, 3, 4))),
}


@pytest.mark.parametrize("kind", CHANGES)
def test_a_copy_is_found_and_its_kind_is_told(kind):
    verdict = decide(item("x/a", PICTURE), item("x/b", CHANGES[kind]))
    assert isinstance(verdict, Same)
    assert verdict.kind == kind


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ((255 * (PICTURE / 255) ** 0.6).astype(np.uint8), "adjusted"),
        (cv2.createCLAHE(2, (8, 8)).apply(PICTURE), "adjusted"),
        (cv2.createCLAHE(4, (8, 8)).apply(PICTURE), "adjusted"),
        (_marked(cv2.createCLAHE(2, (8, 8)).apply(PICTURE)), "annotated"),
        (_rotated(PICTURE, 5), "rotated"),
        (cv2.copyMakeBorder(PICTURE, 30, 30, 30, 30, cv2.BORDER_CONSTANT), "cropped"),
        (cv2.copyMakeBorder(PICTURE, 0, 0, 200, 200, cv2.BORDER_CONSTANT), "cropped"),
        (np.ascontiguousarray(PICTURE[100:-80, 80:-90]), "cropped"),
        (np.ascontiguousarray(PICTURE[::-1]), "flipped"),
    ],
)
def test_kinds_are_told_apart(changed, kind):
    verdict = decide(item("x/a", PICTURE), item("x/b", changed))
    assert isinstance(verdict, Same)
    assert verdict.kind == kind


def test_a_smooth_picture_without_keypoints_is_found_by_its_hash():
    random = np.random.default_rng(1).standard_normal((40, 40)).astype(np.float32)
    smooth = cv2.normalize(cv2.GaussianBlur(random, (0, 0), 3), None, 0, 255, cv2.NORM_MINMAX)
    smooth = cv2.resize(smooth.astype(np.uint8), (90, 90), interpolation=cv2.INTER_CUBIC)
    flipped = np.ascontiguousarray(smooth[:, ::-1])
    a, b = item("x/a", smooth), item("x/b", flipped)
    assert len(a.features.points) < 60
    assert isinstance(decide(a, b), Same)


def test_the_evidence_says_where_one_picture_lies_in_the_other():
    verdict = decide(item("x/a", PICTURE), item("x/b", CHANGES["flipped"]))
    assert verdict.evidence.transform == pytest.approx((-1, 0, 1, 0, 1, 0), abs=0.03)


def test_equal_bytes_and_equal_pixels_need_no_geometry():
    a, b = item("x/a", PICTURE, sha256="1"), item("x/b", tissue(9), sha256="1")
    assert decide(a, b).kind == "bytes"
    a, b = item("x/a", PICTURE, pixels_sha256="1"), item("x/b", tissue(9), pixels_sha256="1")
    assert decide(a, b).kind == "pixels"


def test_a_blank_picture_is_a_copy_of_nothing():
    blank = np.full((200, 200), 7, np.uint8)
    a = item("x/a", blank, sha256="1", quality=("blank",))
    assert isinstance(decide(a, item("x/b", blank, sha256="1", quality=("blank",))), Different)


def test_pictures_of_one_series_are_different_however_alike():
    a = item("x/a", PICTURE, modality="CT", series_id="1", patient_id="p")
    b = item("x/b", _saved(PICTURE, 90), modality="CT", series_id="1", patient_id="p")
    assert isinstance(decide(a, b), Different)


def test_slices_of_two_series_of_one_patient_are_different():
    a = item("x/a", PICTURE, modality="CT", series_id="1", patient_id="p")
    b = item("x/b", _saved(PICTURE, 90), modality="CT", series_id="2", patient_id="p")
    assert isinstance(decide(a, b), Different)


def test_alike_slices_without_a_series_are_left_to_a_person():
    a = item("x/a", PICTURE, modality="CT")
    assert isinstance(decide(a, item("x/b", _saved(PICTURE, 90), modality="CT")), Undecided)


def test_a_picture_with_air_all_around_is_taken_for_a_slice_when_nobody_says():
    body = np.full((400, 400), 20, np.uint8)
    body[80:-80, 80:-80] = tissue(1, 240, 240)
    a, b = item("x/a", body, modality=None), item("x/b", _saved(body, 60), modality=None)
    assert isinstance(decide(a, b), Undecided)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (tissue(1), tissue(2)),
        (card("CASE 1", "COVID-19", "chest X-ray"), card("CASE 2", "Pneumonia", "chest CT")),
        (mask(1), mask(2)),
        (_marked(tissue(1, 420, 360)), _marked(tissue(2, 420, 360))),
        (
            cv2.copyMakeBorder(tissue(1), 40, 40, 40, 40, cv2.BORDER_CONSTANT, value=255),
            cv2.copyMakeBorder(tissue(2), 40, 40, 40, 40, cv2.BORDER_CONSTANT, value=255),
        ),
        (np.zeros((300, 300), np.uint8), np.full((300, 300), 255, np.uint8)),
        (np.zeros((5, 5), np.uint8), tissue(1)),
    ],
    ids=["tissue", "title cards", "masks", "same marks", "same border", "plain", "tiny"],
)
def test_look_alikes_are_different(a, b):
    assert isinstance(decide(item("x/a", a), item("x/b", b)), Different)


def test_cards_of_one_template_are_never_called_the_same():
    one = card("University Hospital", "Radiology", "COVID-19 study", "case 1", "chest X-ray")
    two = card("University Hospital", "Radiology", "COVID-19 study", "case 2", "chest X-ray")
    assert not isinstance(decide(item("x/a", one), item("x/b", two)), Same)


@pytest.mark.parametrize("kind", CHANGES)
def test_it_does_not_matter_which_picture_is_named_first(kind):
    a, b = item("x/a", PICTURE), item("x/b", CHANGES[kind])
    assert decide(a, b) == decide(b, a)
