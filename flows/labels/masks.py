"""Which files of an upstream are masks, and what they belong to, as its configuration says."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flows.config.mask import Mask
from flows.config.source import Source


@dataclass(frozen=True, slots=True)
class Belonging:
    """A rule that a path matches, and the path that the mask belongs to by it.

    Attributes:
        rule: The rule.
        of: A picture or volume, or a folder of slices where it ends with `/`.
    """

    rule: Mask
    of: str


def belonging(source: Source, path: str) -> Belonging | None:
    """Return what a path belongs to as a mask; `None` where it is none.

    Args:
        source: Its configuration.
        path: The path of any file.
    """
    for rule in source.masks:
        if found := re.search(rule.match, path):
            named = {name: value or "" for name, value in found.groupdict().items()}
            return Belonging(rule, rule.of.format_map(named))
    return None


def target(of: str, paths: Iterable[str], volume_of: Mapping[str, str]) -> tuple[str, str] | None:
    """Return what a mask belongs to: `picture` or `volume`, and its name; `None` for nothing.

    Args:
        of: A path, or a folder that ends with `/`.
        paths: The pictures that are there.
        volume_of: The volume of each path that is in one.
    """
    if of.endswith("/"):
        volumes = {name for path, name in volume_of.items() if path.startswith(of)}
        return ("volume", volumes.pop()) if len(volumes) == 1 else None
    if volume_of.get(of) == of:
        return "volume", of
    return ("picture", of) if of in set(paths) else None
