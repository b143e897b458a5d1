"""Numbers before words."""


def plural(number: int, words: str) -> str:
    """Format a number before words that are written in the plural.

    >>> plural(1, "new images"), plural(1200, "changed")
    ('1 new image', '1,200 changed')
    """
    if number == 1 and words.endswith("s"):
        words = words.removesuffix("s")
    return f"{number:,} {words}"
