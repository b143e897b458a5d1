"""Read the words of names, and write names as patterns."""

import re
from pathlib import PurePosixPath


def ending(path: str) -> str:
    """Return what a name ends in, `.nii.gz` as one; a number is none.

    >>> ending("a/B.PNG"), ending("v.nii.gz"), ending("IM0001"), ending("1.2.840.10008")
    ('.png', '.nii.gz', '', '')
    """
    suffixes = PurePosixPath(path.lower()).suffixes
    if suffixes[-2:] == [".nii", ".gz"]:
        return ".nii.gz"
    return "" if not suffixes or suffixes[-1][1:].isdecimal() else suffixes[-1]


def stem(path: str) -> str:
    """Return a file's name without what it ends in.

    >>> stem("a/ct_01.nii.gz"), stem("IM.0001")
    ('ct_01', 'IM.0001')
    """
    name = path.rpartition("/")[2]
    return name[: len(name) - len(ending(path))]


def words_of(name: str) -> str:
    """Return the words of a name, in small letters.

    >>> words_of("LungMasks_01-final.v2")
    'lung masks 01 final v2'
    >>> words_of("CT_NONCOVID")
    'ct non covid'
    """
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    words = " ".join(re.split(r"[\W_]+", apart)).strip().lower()
    return re.sub(r"\bnon(?=[a-z]{3})", "non ", words)


def plain(name: str) -> str:
    """Write a name so that no character of it is a pattern."""
    return re.sub(r"([\\*?\[!# ])", r"\\\1", name)


def literal(name: str) -> str:
    r"""Write a name as a regular expression that a person can read.

    >>> literal("Viral Pneumonia-2 (old)")
    'Viral Pneumonia-2 \\(old\\)'
    """
    return re.escape(name).replace(r"\ ", " ").replace(r"\-", "-")
