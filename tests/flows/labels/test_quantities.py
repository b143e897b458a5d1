"""Ages, temperatures and saturations as upstreams write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.labels.quantities import NotAQuantityError, age_years, measurement, whole


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("65", (65, 65)),
        (" 65.0 ", (65, 65)),
        ("50+", (50, None)),
        (">50", (50, None)),
        (">= 50", (50, None)),
        ("<18", (None, 18)),
        ("40s", (40, 49)),
        ("40's", (40, 49)),
        ("early 40s", (40, 43)),
        ("Mid-40s", (44, 46)),
        ("late 40s", (47, 49)),
        ("30-40", (30, 40)),
        ("30 – 40", (30, 40)),
        ("060Y", (60, 60)),
        ("006M", (0, 0)),
        ("018M", (1, 1)),
        ("003W", (0, 0)),
        ("400D", (1, 1)),
        ("94", (90, 90)),
        ("95+", (90, None)),
        ("late 80s", (87, 89)),
        ("090Y", (90, 90)),
        ("411Y", (90, 90)),
        ("65 years", (65, 65)),
        ("60Y", (60, 60)),
        ("47-year-old", (47, 47)),
        ("47 yo", (47, 47)),
        ("47 y/o", (47, 47)),
        ("33 yrs. old", (33, 33)),
        ("2,5 years", (2, 2)),
        ("18 months", (1, 1)),
        ("6 weeks old", (0, 0)),
        ("10 days", (0, 0)),
    ],
)
def test_an_age_is_a_span_of_years(text: str, span: tuple[int | None, int | None]) -> None:
    assert age_years(text) == span


@pytest.mark.parametrize(
    ("text", "number", "qualifier"),
    [
        ("37.5", 37.5, "="),
        ("38+", 38, ">"),
        ("<90", 90, "<"),
        ("91-92", 91.5, "~"),
        ("low 90s", 91.5, "~"),
        ("95%", 95, "="),
    ],
)
def test_a_measurement_says_how_exact_it_is(text: str, number: float, qualifier: str) -> None:
    assert measurement(text) == (number, qualifier)


@pytest.mark.parametrize("text", ["", "old", "inf", "-inf", "nan", "1e3", "0x10", "¼", "40-"])
def test_what_is_no_quantity_is_not_guessed(text: str) -> None:
    for read in (age_years, measurement):
        with pytest.raises(NotAQuantityError):
            read(text)


@pytest.mark.parametrize("text", ["18m", "18 M", "60F", "years", "45 Years 3 months", "5 cm"])
def test_an_age_whose_unit_is_not_sure_is_not_guessed(text: str) -> None:
    with pytest.raises(NotAQuantityError):
        age_years(text)


@pytest.mark.parametrize("text", ["65 years", "60Y", "060Y"])
def test_a_measurement_has_no_unit_of_time(text: str) -> None:
    with pytest.raises(NotAQuantityError):
        measurement(text)


@pytest.mark.parametrize(("text", "number"), [("3", 3), ("-2", -2), ("+4.0", 4), (" 7. ", 7)])
def test_a_whole_number_may_be_written_with_a_point(text: str, number: int) -> None:
    assert whole(text) == number


@pytest.mark.parametrize("text", ["3.5", "inf", "1e3", "1234567", ""])
def test_what_is_no_whole_number_is_not_guessed(text: str) -> None:
    with pytest.raises(NotAQuantityError):
        whole(text)


@given(st.text())
def test_any_text_is_read_or_said_to_be_none(text: str) -> None:
    try:
        low, high = age_years(text)
    except NotAQuantityError:
        return
    assert all(years is None or 0 <= years <= 90 for years in (low, high))
