"""Remember which collections came out of a night, by the digest of all that their rows follow from.

In such a collection every copy, group, hold, split and conflict follows from the rows, so a later
night works out anew only what it touches. Of any other collection (a person edited it, rules or
decisions changed, the cache was lost) all is worked out.
"""

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from covid19_images.images.fingerprint import ALGORITHM_VERSION
from flows.collection import state
from flows.config.load import Config
from flows.proposal.plan import Proposal

_LOG = logging.getLogger(__name__)
RULES_VERSION = 1  # bump when the same rows and pairs would have other copies, groups or splits
_FILE = "worked_out.json"
_KEPT = 64  # collections: the base, open proposals, and those that were tried beside them


@dataclass(frozen=True, slots=True)
class WorkedOut:
    """What is known of a base.

    Attributes:
        is_whole: Whether all that follows from its rows stands in it.
    """

    is_whole: bool = False


def known(cache: Path, files: Mapping[str, str], config: Config) -> WorkedOut:
    """Return what earlier nights worked out of a collection.

    Args:
        cache: Folder of the cache; it may be lost at any time.
        files: Blob ids of the collection's tables, by path.
        config: The configuration.
    """
    return WorkedOut(_digest(files, config) in _read(cache))


def keep(cache: Path, files: Mapping[str, str], config: Config, proposal: Proposal | None) -> None:
    """Remember that a collection came out of a night.

    Args:
        cache: Folder of the cache.
        files: Blob ids of the tables of what is committed, by path.
        config: The configuration.
        proposal: What the night proposes of it.
    """
    proposed = dict(files)
    for path, content in proposal.writes.items() if proposal else ():
        if content is None:
            proposed.pop(path, None)
        elif state.is_table(path):
            proposed[path] = _blob(content)
    digest = _digest(proposed, config)
    kept = [one for one in _read(cache) if one != digest]
    cache.mkdir(parents=True, exist_ok=True)
    new = cache / f".{_FILE}.part"
    new.write_text(json.dumps([*kept, digest][-_KEPT:]), encoding="utf-8")
    new.replace(cache / _FILE)


def _read(cache: Path) -> list[str]:
    try:
        found = json.loads((cache / _FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    except ValueError as error:
        _LOG.warning("%s was damaged (%s); all is worked out anew.", cache / _FILE, error)
        return []
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []


def _digest(files: Mapping[str, str], config: Config) -> str:
    decisive = [
        RULES_VERSION,
        ALGORITHM_VERSION,
        sorted(files.items()),
        config.decisions.model_dump(mode="json"),
        [[source.name, source.order, source.train_only] for source in config.sources],
    ]
    return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()


def _blob(content: bytes) -> str:
    """Return the id that git gives a file."""
    head = b"blob %d\0" % len(content)
    return hashlib.sha1(head + content, usedforsecurity=False).hexdigest()
