"""What single values of a config file must look like: branches, folders, licences, words."""

import difflib
import re
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_NO_LICENCE = "NOASSERTION"


def branch(name: str) -> str:
    """Check that git allows a branch of that name (`git help check-ref-format`)."""
    parts = name.split("/")
    wrong = (
        not re.fullmatch(r"[\w./-]+", name)
        or name.startswith(("-", "refs/"))
        or name in (".", "HEAD")
        or ".." in name
        or any(not part or part.startswith(".") or part.endswith((".", ".lock")) for part in parts)
    )
    if wrong:
        raise ValueError(
            f"not a branch name: {name!r}. Use letters, digits and '-', with '/' between parts, "
            "as in 'sync/datasets'"
        )
    return name


def folder(path: str) -> str:
    """Check that a folder lies in the checkout, and is not the checkout itself or git's."""
    parts = PurePosixPath(path).parts
    wrong = (
        not parts
        or "\\" in path
        or path.startswith(("/", "~"))
        or re.match(r"[A-Za-z]:", path)
        or ".." in parts
        or parts[0] == ".git"
        or not path.isprintable()
    )
    if wrong:
        raise ValueError(
            f"{path!r} is no folder inside of the checkout; write a relative path without '..', "
            "as in '.proposals'"
        )
    return path


def licence(name: str) -> str:
    """Check that a licence is one that SPDX lists, a reference of its own, or not asserted."""
    if name == _NO_LICENCE:
        return name
    try:
        right = canonicalize_license_expression(name)
    except InvalidLicenseExpression:
        right = None
    if right == name:
        return name
    if right:
        raise ValueError(f"{name!r} is no SPDX licence; did you mean {right!r}?")
    raise ValueError(
        f"{name!r} is no SPDX licence; write its id from the SPDX list, as in 'CC-BY-4.0', "
        f"'LicenseRef-…' for one that is not listed, or '{_NO_LICENCE}'"
    )


def web(address: str) -> str:
    """Check that an address that a token may be sent to is https, or on this machine."""
    parts = urlsplit(address)
    plain = parts.scheme == "http" and parts.hostname in _LOOPBACK
    if not parts.hostname or not (parts.scheme == "https" or plain):
        raise ValueError(f"{address!r} must begin with https:// and name a host")
    return address


def host(address: str) -> str:
    """Return the host of an address, in small letters."""
    return (urlsplit(address).hostname or "").lower()


def one_host(server: str, other: str) -> bool:
    """Return whether two addresses are of one installation: the same host, or its `api.`.

    >>> one_host("https://github.com", "https://api.github.com")
    True
    >>> one_host("https://github.com", "https://api.github.example")
    False
    """
    return host(other) in (host(server), f"api.{host(server)}")


def regex(text: str) -> str:
    """Check that a text is a regular expression."""
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    return text


def distinct(words: Iterable[str], where: str) -> None:
    """Raise where two words differ only in what is ignored when words are compared."""
    seen: dict[str, str] = {}
    for word in words:
        folded = re.sub(r"[\s_]+", " ", word.strip()).casefold()
        if folded in seen:
            raise ValueError(
                f"{where}: {seen[folded]!r} and {word!r} are one word, since case and spaces do "
                "not count; remove one"
            )
        seen[folded] = word


def distinct_keys(tables: Mapping[str, Mapping[str, object]]) -> None:
    """Raise where two words of one field differ only in what is ignored."""
    for name, table in tables.items():
        distinct(table, name)


def near(word: str, known: Iterable[str]) -> str:
    """Format a guess at what was meant; empty where nothing is near."""
    found = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean {found[0]!r}?" if found else ""
