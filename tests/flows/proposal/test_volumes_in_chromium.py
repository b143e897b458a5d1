"""Volumes on the review page in a real browser: sliders, keys, axe, and without JavaScript."""

from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import expect

from flows.proposal.pictures import PlanePictures, VolumePictures
from flows.proposal.volumes import OutlinedPicture
from tests.flows.proposal.drawn_volume import MASK, NEW, ROW, pictures
from tests.flows.proposal.pictured_night import PICTURES, html, thumbnail
from tests.support.chromium import Open, axe_finds


@pytest.fixture(scope="module")
def page() -> str:
    plane = PlanePictures("picture", (1,), 1, thumbnail(1))
    outlined = OutlinedPicture("journal", "images/1.png", (MASK,))
    drawn = {ROW.key: pictures(), outlined.key: VolumePictures((plane,), (MASK.path,))}
    return html(pictures=replace(PICTURES, volumes=drawn), volumes=[NEW], outlined=[outlined])


def _shown(tab: Any, axis: str) -> str:
    """Return where the picture of a plane is."""
    picture = tab.get_by_role("img", name=f"{axis} plane")
    return str(picture.evaluate("one => getComputedStyle(one).objectPosition"))


def test_a_slider_moves_by_keys_and_says_where_it_is(opened: Open, page: str) -> None:
    tab = opened(page)
    slider = tab.get_by_label("Axial plane")
    expect(slider).to_have_attribute("aria-valuetext", "plane 7 of 12")
    slider.focus()
    tab.keyboard.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "plane 8 of 12")
    expect(tab.get_by_text("8 of 12", exact=True)).to_be_visible()
    tab.keyboard.press("End")
    assert _shown(tab, "Axial") == "0px 100%"
    expect(tab.get_by_role("img", name="Axial plane 12 of 12")).to_be_visible()
    tab.keyboard.press("Home")
    assert _shown(tab, "Axial") == "0px 0%"
    assert _shown(tab, "Coronal") != "0px 0%"  # each has its own
    expect(tab.get_by_text("lung, by a person").first).to_be_visible()
    expect(tab.get_by_role("img", name="The picture with its outlines")).to_be_visible()


def test_one_plane_is_seen_of_a_strip(opened: Open, page: str) -> None:
    tab = opened(page)
    box = tab.get_by_role("img", name="Axial plane").bounding_box()
    whole = tab.get_by_role("img", name="Axial plane").evaluate("one => one.naturalHeight")
    assert box["height"] * 12 == whole


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_axe_finds_nothing(opened: Open, page: str, width: int, scheme: str) -> None:
    tab = opened(page, viewport={"width": width, "height": 844}, color_scheme=scheme)
    assert axe_finds(tab) == []


def test_without_javascript_the_middle_plane_is_a_picture(opened: Open, page: str) -> None:
    tab = opened(page, java_script_enabled=False)
    expect(tab.get_by_role("img", name="Axial plane 7 of 12")).to_be_visible()
    expect(tab.get_by_role("img", name="Coronal plane 13 of 24")).to_be_visible()
    expect(tab.locator(".plane input").first).to_be_hidden()
