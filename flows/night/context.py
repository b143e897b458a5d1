"""The configuration, base state and cache paths of one run."""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from covid19_images.images.decode import DECODER_SET, Limits
from covid19_images.images.fingerprint import ALGORITHM_VERSION
from covid19_images.manifest.record import Record
from covid19_images.manifest.volume import VOLUMES_VERSION
from flows.collection.questions import holding
from flows.collection.state import State
from flows.config.load import Config
from flows.config.source import Source
from flows.decoding.cache import Cache
from flows.night.settle import Settled
from flows.night.stood import Stood
from flows.night.volume_groups import MAY_BE_OF_VOLUME, may_be_of_volume
from flows.night.worked_out import WorkedOut
from flows.sandbox.clock import Clock
from flows.sandbox.processes import Allowance
from flows.upstream.budget import Budget
from flows.upstream.clone import Clone

_DESCRIBES_NOTHING = {
    "title",
    "owner",
    "order",
    "expect",
    "cooldown_days",
    "fork",
    "fsck_ignore",
    "identity",
    "licence_claimed",
}
LAYOUT_VERSION = 2  # bump when the same labels would be described otherwise


@dataclass(frozen=True, slots=True)
class RunContext:
    """Configuration, base state and cache paths of one run: a night, a release, a check.

    Attributes:
        config: The bot's configuration.
        base: The state of the collection at the base commit, its sources called as they are now.
        cache: Folder for clones and decoded blobs; it may be lost at any time.
        sources: The sources to visit.
        answered: New text of `config/decisions.toml`, where people answered since the base;
            `config` holds these decisions already.
        notes: What the forge says of a source, by its name.
        clocks: How long the git commands of each source took so far.
        settled: How the base differs from what is committed, where sources were renamed or removed.
        stood: What the open proposal holds.
        worked_out: What earlier nights worked out of the base.
    """

    config: Config
    base: State
    cache: Path
    sources: tuple[Source, ...]
    answered: str | None = None
    notes: Mapping[str, str] = field(default_factory=dict)
    clocks: dict[str, Clock] = field(default_factory=dict, compare=False)
    settled: Settled | None = None
    stood: Stood | None = None
    worked_out: WorkedOut = WorkedOut()  # noqa: RUF009  frozen

    @property
    def written(self) -> State:
        """Return the state of the collection as it is committed."""
        return self.settled.written if self.settled else self.base

    @property
    def github_server(self) -> str:
        """Return the address of the GitHub server, as Actions or the policy name it."""
        return os.environ.get("GITHUB_SERVER_URL") or self.config.policy.forge.server

    @property
    def github_api(self) -> str:
        """Return the address of the GitHub API, as Actions or the policy name it."""
        return os.environ.get("GITHUB_API_URL") or self.config.policy.forge.api

    def clone(self, source: Source) -> Clone:
        """Return a source's clone; another url is another clone."""
        address = hashlib.sha256(source.url.encode()).hexdigest()[:8]
        folder = self.cache / "clones" / f"{source.name}-{address}.git"
        policy = self.config.policy
        budget = Budget(
            max_fetch_bytes=policy.max_fetch_bytes,
            max_clone_bytes=policy.max_clone_bytes,
            max_file_bytes=policy.max_file_bytes,
            max_paths=policy.max_paths,
            min_free_bytes=policy.min_free_bytes,
        )
        clock = self.clock(source.name)
        return Clone(
            folder, source.url, policy.protocols, budget, source.fsck_ignore, policy.hosts, clock
        )

    def clock(self, name: str) -> Clock:
        """Return the clock of a source's git commands in this run."""
        return self.clocks.setdefault(name, Clock(self.config.policy.upstream_seconds, name))

    def memory(self) -> Cache:
        """Open the memory of decoded blobs."""
        return Cache(self.cache / "decoded.sqlite")

    def limits(self) -> Limits:
        """Return the limits of what is read."""
        policy = self.config.policy
        return Limits(max_bytes=policy.max_file_bytes, max_pixels=policy.max_pixels)

    def allowance(self) -> Allowance:
        """Return the memory and time that decoding one file may take."""
        policy = self.config.policy
        return Allowance(memory_bytes=policy.decoder_memory_bytes, cpu_s=policy.decoder_seconds)

    def records(self, source: Source) -> Sequence[Record]:
        """Return the rows a source has in the base."""
        return self.base.records.get(source.name, ())

    def up_to_date(self, source: Source) -> bool:
        """Return whether the base's rows were made with the configuration in force."""
        row = self.base.described.get(source.name)
        return row is not None and row.layout == self.layout(source)

    def described_now(self, source: Source) -> bool:
        """Return whether the base's rows carry fingerprints and volumes of the version in force."""
        row = self.base.described.get(source.name)
        is_current = row is not None and row.algorithm == ALGORITHM_VERSION
        return is_current and self.volumes_stand(source)

    def volumes_stand(self, source: Source) -> bool:
        """Return whether the base's volumes were made as they would be now."""
        row = self.base.described.get(source.name)
        if row is not None and row.volumes == VOLUMES_VERSION:
            return True
        return not any(map(may_be_of_volume, holding(self.records(source), MAY_BE_OF_VOLUME)))

    def refusals_stand(self, source: Source) -> bool:
        """Return whether the base's refused files were tried with the decoders in force."""
        row = self.base.described.get(source.name)
        if row is not None and row.decoders == DECODER_SET:
            return True
        return not any(holding(self.records(source), {"status": ["refused"]}))

    def cooldown_days(self, source: Source) -> int:
        """Return how many days old an upstream commit must be before it is taken in."""
        own = source.cooldown_days
        return self.config.policy.cooldown_days if own is None else own

    def layout(self, source: Source) -> str:
        """Digest all that decides how a source is described."""
        no_masks = set() if source.masks else {"masks"}
        decisive = [
            LAYOUT_VERSION,
            source.model_dump(mode="json", exclude=_DESCRIBES_NOTHING | no_masks),
            self.config.vocabulary.model_dump(mode="json", exclude={"masks"}),
        ]
        return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()[:16]
