"""Upstream's words and ours: translated where we know them, reported where we do not."""

import pytest

from flows.config import load
from flows.labels.rows import translations
from flows.labels.words import UnmappedError, Words, words
from tests.support.collection import ROOT


@pytest.fixture
def ours() -> Words:
    """A small vocabulary: two layers, the second of one source."""
    return words(
        ["n/a", "?"],
        {"UK": "GB", "Taiwan": "TW"},
        {"view": {"pa": "PA", "AP Supine": "AP_SUPINE", "ct": "AXIAL"}},
        {"view": {"CT": ""}, "finding": {"both": ("SARS", "ARDS")}, "quality": {"*": "photo"}},
    )


def test_case_and_spaces_do_not_matter(ours: Words) -> None:
    assert ours.translate("view", "  ap_SUPINE ") == ("AP_SUPINE",)


def test_a_sources_own_words_win(ours: Words) -> None:
    assert ours.translate("view", "ct") == ("",)


def test_one_word_may_mean_several(ours: Words) -> None:
    assert ours.translate("finding", "both") == ("SARS", "ARDS")


def test_a_star_stands_for_any_other_word(ours: Words) -> None:
    assert ours.translate("quality", "moiré") == ("photo",)


@pytest.mark.parametrize(("field", "text"), [("view", "PA view"), ("sex", "M"), ("view", "")])
def test_a_word_nobody_knows_is_reported(ours: Words, field: str, text: str) -> None:
    with pytest.raises(UnmappedError):
        ours.translate(field, text)


@pytest.mark.parametrize("text", ["", "  ", "N/A", "n/A ", "?"])
def test_some_words_say_nothing(ours: Words, text: str) -> None:
    assert ours.knows_nothing(text)


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ("Wuhan, China", "CN"),
        ("Lyon, France", "FR"),
        ("ITALY", "IT"),
        ("Hospital (London, UK)", "GB"),
        ("Taiwan", "TW"),
        ("Melbourne; Australia.", "AU"),
        ("Germany, clinic unknown", "DE"),
    ],
)
def test_a_place_names_its_country(ours: Words, place: str, code: str) -> None:
    assert ours.country(place) == code


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ("UAE", "AE"),
        ("Dubai, U.A.E.", "AE"),
        ("U.S.A.", "US"),
        ("Wuhan, P. R. China", "CN"),
        ("Republic of Korea", "KR"),
        ("Ivory Coast", "CI"),
        ("Democratic Republic of the Congo", "CD"),
    ],
)
def test_the_usual_words_for_countries_are_known(place: str, code: str) -> None:
    config = load.load(ROOT / "config")
    assert translations(config.sources[0], config.vocabulary).country(place) == code


@pytest.mark.parametrize("place", ["Hospital A", "Bloomington, IN", "China Town", "de"])
def test_a_place_that_names_no_country_is_reported(ours: Words, place: str) -> None:
    with pytest.raises(UnmappedError):
        ours.country(place)
