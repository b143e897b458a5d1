"""Choose rows by their columns: view, sex, age, patient, finding, quality, licence, label basis."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, get_args

from covid19_images.dataset.arguments import SelectionError, one_of, words
from covid19_images.manifest.record import LabelBasis, Quality, Sex, View
from covid19_images.release.row import Row

Filter = Callable[[Row], bool]
REDISTRIBUTABLE = "redistributable"

_SEXES = {"male": "M", "female": "F", "other": "O"}
_ENUMS: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {
    "view": (get_args(View), {}),
    "sex": (get_args(Sex), _SEXES),
    "label_basis": (get_args(LabelBasis), {}),
}


def filters(options: Mapping[str, Any]) -> dict[str, Filter]:
    """Make filters of the options that are some, by their names.

    A row of which the manifest does not know the column passes none of its filters; a picture
    without a note about its quality passes those that ask for the absence of one, as `-crop`.

    Raises:
        SelectionError: A word is none of the column's, or an age is no range.
    """
    found: dict[str, Filter] = {}
    for name, (choices, also) in _ENUMS.items():
        asked = {one_of(name, word, choices, also) for word in words(name, options.get(name))}
        if asked:
            found[name] = _is_in(name, asked)
    if options.get("age") is not None:
        found["age"] = _age(options["age"])
    for name, column in (
        ("patients", "patient_id"),
        ("finding", "finding"),
        ("licence", "licence"),
    ):
        asked = set(words(name, options.get(name)))
        if asked:
            found[name] = _licence(asked) if name == "licence" else _is_in(column, asked)
    quality = words("quality", options.get("quality"))
    if quality:
        found["quality"] = _quality(quality)
    return found


def known_in(rows: Iterable[Row], options: Mapping[str, Any]) -> None:
    """Refuse patients, findings and licences that a release does not have.

    Raises:
        SelectionError: With what there is.
    """
    listed = list(rows)
    for name, column in (
        ("finding", "finding"),
        ("patients", "patient_id"),
        ("licence", "licence"),
    ):
        asked = words(name, options.get(name))
        if asked:
            here = {word for row in listed for word in _words(getattr(row.record, column))}
            here |= {REDISTRIBUTABLE} if name == "licence" else set()
            for word in asked:
                if word not in here:
                    raise SelectionError(_strange(name, word, sorted(here)))


def _strange(name: str, word: str, here: list[str]) -> str:
    shown = ", ".join(here[:20]) or "none"
    more = f" and {len(here) - 20:,} more" if len(here) > 20 else ""
    return f"This release has no {name} {word!r}; it has {shown}{more}."


def _words(value: object) -> tuple[str, ...]:
    if isinstance(value, tuple):
        return value
    return () if value is None else (str(value),)


def _is_in(column: str, asked: set[str]) -> Filter:
    return lambda row: not asked.isdisjoint(_words(getattr(row.record, column)))


def _licence(asked: set[str]) -> Filter:
    names = asked - {REDISTRIBUTABLE}
    any_that_may = REDISTRIBUTABLE in asked
    return lambda row: row.record.licence in names or (any_that_may and row.redistributable)


def _quality(asked: tuple[str, ...]) -> Filter:
    """Return a filter of images that have one of the notes, and none of those with a minus."""
    choices = get_args(Quality)
    wanted = {one_of("quality", word, choices) for word in asked if not word.startswith("-")}
    unwanted = {one_of("quality", word[1:], choices) for word in asked if word.startswith("-")}

    def passes(row: Row) -> bool:
        notes = set(row.record.quality)
        return not notes & unwanted and bool(not wanted or notes & wanted)

    return passes


def _age(value: object) -> Filter:
    """Return a filter of people who are certainly of an age: both ends count."""
    ends = list(value) if isinstance(value, tuple | list) else []
    is_range = len(ends) == 2 and all(
        end is None or (isinstance(end, int | float) and not isinstance(end, bool)) for end in ends
    )
    if not is_range:
        raise SelectionError(
            f"age is {value!r}; it is a range of years, as (18, 90), (18, None) or (None, 17)."
        )
    least = 0.0 if ends[0] is None else float(ends[0])
    most = float("inf") if ends[1] is None else float(ends[1])
    if not least <= most:
        raise SelectionError(f"age is {value!r}; its first number is the smaller one.")

    def passes(row: Row) -> bool:
        low, high = row.record.age_min, row.record.age_max
        return low is not None and high is not None and least <= low and high <= most

    return passes
