"""Check what a caller asks for, before anything is read: errors name the choices."""

import difflib
from collections.abc import Callable, Collection, Iterable, Mapping
from numbers import Integral
from typing import Any

_MOST_PX = 8192


class SelectionError(ValueError):
    """Raised for an argument that chooses nothing: why, and what there is to choose."""


def one_of(
    name: str, value: object, choices: Collection[str], also: Mapping[str, str] | None = None
) -> str:
    """Return one of the choices, written in any case.

    >>> one_of("split", "VAL", ("train", "validation"), {"val": "validation"})
    'validation'

    Args:
        name: What is chosen, as the caller calls it.
        value: What the caller wrote.
        choices: What there is to choose.
        also: Other names of choices, in lower case.

    Raises:
        SelectionError: It is none of them.
    """
    known = {choice.lower(): choice for choice in choices} | dict(also or {})
    if isinstance(value, str) and value.lower() in known:
        return known[value.lower()]
    near = difflib.get_close_matches(str(value).lower(), known, 1)
    meant = f" Did you mean {known[near[0]]!r}?" if near else ""
    raise SelectionError(f"There is no {name} {value!r}; there are {', '.join(choices)}.{meant}")


def words(name: str, value: object) -> tuple[str, ...]:
    """Return one word or several as a tuple; empty where nothing is asked for.

    Raises:
        SelectionError: It is neither a text nor texts.
    """
    if value is None:
        return ()
    listed: list[Any] = []
    if isinstance(value, str):
        listed = [value]
    elif isinstance(value, Iterable):
        listed = list(value)
    if not all(isinstance(word, str) for word in listed) or not (listed or _is_empty(value)):
        raise SelectionError(f"{name} is {value!r}; it is a text or a list of texts.")
    return tuple(listed)


def _is_empty(value: object) -> bool:
    return isinstance(value, Collection) and not len(value)


def yes_or_no(name: str, value: object) -> bool:
    """Return a truth value; nothing else is taken for one.

    Raises:
        SelectionError: It is neither True nor False.
    """
    if isinstance(value, bool):
        return value
    raise SelectionError(f"{name} is {value!r}; it is True or False.")


def whole_number(name: str, value: Any, *, least: int) -> int:  # noqa: ANN401
    """Return a whole number that is not too small.

    Raises:
        SelectionError: It is none, or below the least.
    """
    if _is_whole(value) and int(value) >= least:
        return int(value)
    raise SelectionError(f"{name} is {value!r}; it is a whole number, {least} or more.")


def _is_whole(value: object) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def side_px(value: object) -> int | None:
    """Return the side of squares in pixels; `None` for the pictures' own sizes.

    >>> side_px((224, 224)), side_px(None)
    (224, None)

    Args:
        value: A number, two equal numbers, or `None`.

    Raises:
        SelectionError: It is something else.
    """
    sides: list[Any] = list(value) if isinstance(value, tuple | list) else [value]
    numbers = [_is_whole(side) for side in sides]
    if value is None:
        return None
    if all(numbers) and len(sides) == 2 and sides[0] != sides[1]:
        raise SelectionError(
            f"size is {value!r}; pictures are laid into squares, so both sides are equal: "
            f"size={max(sides)}, or None for the pictures' own sizes."
        )
    if not all(numbers) or len(sides) not in (1, 2) or not 0 < int(sides[0]) <= _MOST_PX:
        raise SelectionError(
            f"size is {value!r}; it is the side of squares in pixels, from 1 to {_MOST_PX} "
            "(224 and 512 are ready in a release), or None for the pictures' own sizes."
        )
    return int(sides[0])


def channels(value: object) -> int:
    """Return how often the grey is repeated: 1, or 3 for networks that expect colours.

    Raises:
        SelectionError: It is another number, or none.
    """
    if value in (1, 3) and not isinstance(value, bool):
        return int(value)
    raise SelectionError(f"channels is {value!r}; it is 1, or 3 for networks that expect colours.")


def of_volumes_only(how: str = "volumes=True", /, **options: object) -> None:
    """Refuse options that pictures do not have.

    Args:
        how: What asks for volumes.
        options: What was given, by name.

    Raises:
        SelectionError: One of them was given.
    """
    for name, value in options.items():
        if value is not None:
            raise SelectionError(f"{name} is of volumes: ask for {how} with it.")


def function(name: str, value: object) -> Callable[..., Any] | None:
    """Return a function, or `None`.

    Raises:
        SelectionError: It cannot be called.
    """
    if value is None or callable(value):
        return value
    raise SelectionError(f"{name} is {value!r}; it is a function of one picture, or None.")


def named(options: Mapping[str, object], known: Collection[str]) -> None:
    """Refuse options that nobody knows.

    Raises:
        TypeError: There is no such option here, as Python has it for functions.
    """
    for name in options:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            meant = f" Did you mean {near[0]!r}?" if near else ""
            raise TypeError(
                f"There is no option {name!r} here; there are {', '.join(sorted(known))}.{meant}"
            )
