"""How many examples a property test draws, where it needs more or fewer than the others."""

from hypothesis import settings

_USUAL = 100  # what CI draws of a test that asks for no number
_LEAST = 3


def examples(count: int) -> int:
    """Return how many to draw: `count`, or its share where `make test` draws a share of all.

    Args:
        count: Examples in CI.
    """
    return max(min(count, _LEAST), count * settings.default.max_examples // _USUAL)
