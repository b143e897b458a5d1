"""Keys of pictures and volumes, `source/path`, under other names of their sources."""

from collections.abc import Mapping


def key_in(key: str, names: Mapping[str, str]) -> str:
    """Return a key `source/path`, or a source's own name, as it is called now.

    >>> key_in("old/images/1.png", {"old": "new"}), key_in("c19-00ff", {"old": "new"})
    ('new/images/1.png', 'c19-00ff')
    """
    source, slash, path = key.partition("/")
    return f"{names.get(source, source)}{slash}{path}"
