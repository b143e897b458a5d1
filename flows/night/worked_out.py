"""Remember which collections came out of a night, by the digest of all that their rows follow from.

In such a collection every copy, group, hold, split and conflict follows from the rows, so a later
night works out anew only what it touches. Of any other collection (a person edited it, rules or
decisions changed, the cache was lost) all is worked out.
"""

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from covid19_images.images.fingerprint import ALGORITHM_VERSION
from covid19_images.manifest.record import SCHEMA_VERSION
from flows.collection import state
from flows.config.load import Config
from flows.proposal.proposal import Proposal

_LOG = logging.getLogger(__name__)
RULES_VERSION = 2  # bump when the same rows and pairs would have other copies, groups or splits
_FILE = "worked_out.json"
_KEPT = 64  # collections: the base, open proposals, and those that were tried beside them


@dataclass(frozen=True, slots=True)
class WorkedOut:
    """What is known of a base.

    Attributes:
        is_whole: Whether all that follows from its rows stands in it.
        is_quiet: Whether a night looked at all of it, and found nothing to do.
        images: How many images each source has; empty where nothing is known.
    """

    is_whole: bool = False
    is_quiet: bool = False
    images: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_known(self) -> bool:
        """Return whether a night wrote these tables, or read them all."""
        return self.is_whole or self.is_quiet


def known(cache: Path, files: Mapping[str, str], config: Config) -> WorkedOut:
    """Return what earlier nights worked out of a collection.

    Args:
        cache: Folder of the cache; it may be lost at any time.
        files: Blob ids of the collection's tables, by path.
        config: The configuration.
    """
    return _read(cache).get(_digest(files, config), WorkedOut())


def keep(cache: Path, files: Mapping[str, str], config: Config, found: WorkedOut) -> None:
    """Remember what a night worked out of a collection.

    Args:
        cache: Folder of the cache.
        files: Blob ids of its tables, by path.
        config: The configuration.
        found: What is known of it.
    """
    digest = _digest(files, config)
    kept = {one: known for one, known in _read(cache).items() if one != digest}
    newest = [*kept.items(), (digest, found)][-_KEPT:]
    cache.mkdir(parents=True, exist_ok=True)
    new = cache / f".{_FILE}.part"
    new.write_text(json.dumps({one: asdict(known) for one, known in newest}), encoding="utf-8")
    new.replace(cache / _FILE)


def files_after(files: Mapping[str, str], proposal: Proposal | None) -> dict[str, str]:
    """Return the blob ids of a collection's tables as they are once a proposal is merged.

    Args:
        files: Blob ids of the tables of what is committed, by path.
        proposal: What the night proposes of it.
    """
    proposed = dict(files)
    for path, content in proposal.writes.items() if proposal else ():
        if content is None:
            proposed.pop(path, None)
        elif state.is_table(path):
            proposed[path] = _blob(content)
    return proposed


def _read(cache: Path) -> dict[str, WorkedOut]:
    try:
        found = json.loads((cache / _FILE).read_text(encoding="utf-8"))
        return {digest: WorkedOut(**one) for digest, one in found.items()}
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, AttributeError) as error:
        _LOG.warning("%s was damaged (%s); all is worked out anew.", cache / _FILE, error)
        return {}


def _digest(files: Mapping[str, str], config: Config) -> str:
    decisive = [
        RULES_VERSION,
        SCHEMA_VERSION,
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
