"""Read ages, temperatures and saturations as upstreams write them."""

import re
from collections.abc import Iterable
from typing import Literal

Qualifier = Literal["=", "<", ">", "~"]

MAX_AGE_YEARS = 90  # older people can be recognised by their age; HIPAA safe harbour caps here
_IN_DECADE = {
    "": (0, 9),
    "low": (0, 3),
    "early": (0, 3),
    "mid": (4, 6),
    "late": (7, 9),
    "high": (7, 9),
}
_FAHRENHEIT = (86.0, 113.0)  # 30 to 45 °C
_UNIT = r"(y|yrs?\.?|yo|y/o|years?|months?|mos?|weeks?|wks?|days?)(?:[\s-]*old|[\s-]*of[\s-]*age)?"
_NUMBER = r"\d+(?:\.\d+|,\d)?"  # two digits after a comma may be two numbers


class NotAQuantityError(ValueError):
    """Raised for a text that is no quantity in a known form."""


def fahrenheit(texts: Iterable[str]) -> bool:
    """Return whether all temperatures of a column are in Fahrenheit.

    >>> fahrenheit(["101.3", "98.6"]), fahrenheit(["101.3", "38.5"]), fahrenheit(["101.3"])
    (True, False, False)
    """
    numbers = [number for text in texts for number in _span(text) or (0.0,) if number is not None]
    least, most = _FAHRENHEIT
    return len(numbers) > 2 and all(least <= number <= most for number in numbers)


def celsius(fahrenheit_degrees: float) -> float:
    """Convert a temperature.

    >>> celsius(101.3)
    38.5
    """
    return round((fahrenheit_degrees - 32) * 5 / 9, 1)


def extent(text: str) -> tuple[float | None, float | None]:
    """Read the lowest and highest number that a text allows; `None` is open.

    >>> extent("411"), extent("50+")
    ((411.0, 411.0), (50.0, None))
    """
    return _span(text) or _with_unit(text) or (None, None)


def age_years(text: str) -> tuple[int | None, int | None]:
    """Read an age as the lowest and highest years it allows; `None` is open.

    >>> age_years("65"), age_years("50+"), age_years("early 40s"), age_years("60 years")
    ((65, 65), (50, None), (40, 43), (60, 60))
    """
    span = _span(text) or _with_unit(text)
    if span is None:
        raise NotAQuantityError(text)
    low, high = span
    lowest = None if low is None else min(int(low), MAX_AGE_YEARS)
    highest = None if high is None else min(int(high), MAX_AGE_YEARS)
    return lowest, highest


def measurement(text: str) -> tuple[float, Qualifier]:
    """Read a measured number and how exact it is.

    A span such as `91-92` or `low 90s` is its middle, marked `~`.

    >>> measurement("38+"), measurement("91-92"), measurement("low 90s"), measurement("37.5")
    ((38.0, '>'), (91.5, '~'), (91.5, '~'), (37.5, '='))
    """
    span = _span(text.removesuffix("%"))
    match span:
        case (float(low), float(high)):
            return (low, "=") if low == high else ((low + high) / 2, "~")
        case (float(low), None):
            return low, ">"
        case (None, float(high)):
            return high, "<"
    raise NotAQuantityError(text)


def whole(text: str) -> int:
    """Read a whole number, also when written `3.0`."""
    if not re.fullmatch(r"[-+]?\d{1,6}(\.0*)?", text.strip()):
        raise NotAQuantityError(text)
    return int(float(text))


def _span(text: str) -> tuple[float | None, float | None] | None:
    text = re.sub(r"(?<=\d),(?=\d\b)", ".", text.strip().lower())
    if found := re.fullmatch(rf"({_NUMBER})", text):
        return float(found[1]), float(found[1])
    if found := re.fullmatch(rf"({_NUMBER})\s*\+|>=?\s*({_NUMBER})", text):
        return float(found[1] or found[2]), None
    if found := re.fullmatch(rf"<=?\s*({_NUMBER})", text):
        return None, float(found[1])
    if found := re.fullmatch(rf"({_NUMBER})\s*[-\u2013]\s*({_NUMBER})", text):
        return float(found[1]), float(found[2])
    if found := re.fullmatch(r"(low|early|mid|late|high)?[\s-]*(\d+0)'?s", text):
        low, high = _IN_DECADE[found[1] or ""]
        return float(found[2]) + low, float(found[2]) + high
    return None


def _with_unit(text: str) -> tuple[float, float] | None:
    """Read an age with its unit: a DICOM age string (PS3.5, AS), or a number and a word.

    A single `m` is a unit in DICOM's form only: elsewhere `18 m` may be a man.
    """
    dicom = re.fullmatch(r"(\d{3})([DWMY])", text.strip())
    if found := dicom or re.fullmatch(rf"({_NUMBER})[\s-]*{_UNIT}", text.strip().lower()):
        unit = found[2][0].upper()
        number = float(found[1].replace(",", "."))
        years = float(int(number / {"D": 365.25, "W": 52.18, "M": 12, "Y": 1}[unit]))
        return years, years
    return None
