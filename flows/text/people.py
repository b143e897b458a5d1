"""Names that people have: given and family names of some twenty languages in Latin letters.

They are lists, from Faker, and not knowledge: a name that is in none is not found, and a word that
is also somebody's name is taken for one where it stands beside another. What is shown of names is
decided in `flows.text.names`.
"""

import importlib
import unicodedata
from functools import cache
from pathlib import Path

_LANGUAGES = (
    *("cs_CZ", "da_DK", "de_DE", "en_GB", "en_IN", "en_US", "es_ES", "es_MX", "et_EE", "fi_FI"),
    *("fr_FR", "hr_HR", "hu_HU", "id_ID", "it_IT", "lt_LT", "nl_NL", "no_NO", "pl_PL", "pt_BR"),
    *("ro_RO", "sk_SK", "sl_SI", "sv_SE", "tr_TR", "vi_VN"),
)
_SHORTEST = 3  # letters
_WITHOUT_STROKE = str.maketrans("\u0131łøđ", "ilod")  # letters that do not decompose
# Words of this field, and of file names, that somebody somewhere is called as well.
_ORDINARY = frozenset((Path(__file__).parent / "ordinary_words.txt").read_text("utf-8").split())
# Family names that are ordinary words as well, so that alone they name nobody: `house.png`.
_ALONE = frozenset((Path(__file__).parent / "ordinary_alone.txt").read_text("utf-8").split())


@cache
def given() -> frozenset[str]:
    """Return given names, in small letters without accents."""
    return _names("first_names")


@cache
def family() -> frozenset[str]:
    """Return family names, in small letters without accents."""
    return _names("last_names")


def ordinary() -> frozenset[str]:
    """Return words of this field that are taken for no name."""
    return _ORDINARY


def names_alone(word: str) -> bool:
    """Return whether a family name, folded, is taken for one where no other name is beside it."""
    return word in family() and word not in _ALONE


def folded(word: str) -> str:
    """Return a word in small letters without accents and apostrophes.

    >>> folded("Jörg")
    'jorg'
    """
    if word.isascii() and word.isalpha():
        return word.lower()
    decomposed = unicodedata.normalize("NFKD", word.casefold().translate(_WITHOUT_STROKE))
    return "".join(c for c in decomposed if c.isalpha())


def _names(kind: str) -> frozenset[str]:
    """Return all names of a kind, however a language's lists are called."""
    found: set[str] = set()
    for language in _LANGUAGES:
        provider = importlib.import_module(f"faker.providers.person.{language}").Provider
        for called in dir(provider):
            names = getattr(provider, called)
            if kind in called and not called.startswith("_") and not callable(names):
                found.update(map(folded, names))
    return frozenset(w for w in found if len(w) >= _SHORTEST and w.isalpha()) - _ORDINARY
