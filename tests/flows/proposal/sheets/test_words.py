"""The words on a sheet: upstream's are shortened and harmless."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.proposal.sheets.words import fitted, font, printable
from tests.flows.proposal.small_night import HOSTILE


@given(st.text(max_size=300))
def test_only_characters_that_the_font_has_are_drawn(text: str) -> None:
    nothing = bytes(font(18).getmask("\uffff"))
    for character in set(printable(text)) - {" "}:
        assert unicodedata.category(character)[0] != "C"
        assert bytes(font(18).getmask(character)) != nothing


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("width", [40, 209, 400])
def test_any_text_fits_its_place(text: str, width: int) -> None:
    assert font(18).getlength(fitted(text, 18, width)) <= width


def test_bidi_and_control_characters_are_dropped() -> None:
    assert printable("a\u202egnp.exe\x1b[31m\u200b") == "agnp.exe[31m"


def test_a_long_path_keeps_its_beginning_and_more_of_its_end() -> None:
    short = fitted("source/images/some/long/folder/1-s2.0-S0140673620303706-fx1_lrg.jpg", 16, 250)
    head, _, tail = short.partition("…")
    assert head.startswith("source")
    assert tail.endswith("fx1_lrg.jpg")
    assert len(tail) > len(head)
