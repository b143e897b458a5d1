"""Make up the collections that `benchmarks.scale_nights` times nights of, and commit them."""

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from enum import StrEnum
from itertools import groupby
from pathlib import Path

from covid19_images.images.decode import DECODER_SET
from covid19_images.images.fingerprint import ALGORITHM_VERSION
from covid19_images.manifest import splits
from covid19_images.manifest.record import Record
from covid19_images.manifest.shards import Sizes
from covid19_images.manifest.splits import Placed
from covid19_images.manifest.volume import VOLUMES_VERSION
from flows.collection import manifest_files, state
from flows.collection.manifest_files import Manifests
from flows.collection.state import SourceRow
from flows.config import load
from flows.config.load import Config
from flows.night.context import RunContext
from flows.upstream import git

DAY = dt.date(2026, 11, 1)
_SOURCES = 10


class Form(StrEnum):
    """Which files hold the rows of each source."""

    CSV = "csv"
    SHARDS = "shards"

    @property
    def sizes(self) -> Sizes:
        """Return how many rows make a source one of shards: none does, or all do."""
        return Sizes(csv_rows=10**9 if self == Form.CSV else 1)


_SOURCE = 'title = "S"\nowner = "N"\nurl = "{url}"\norder = {at}\n[files]\nimages = ["*"]\n'
_VOCABULARY = Path(__file__).parents[1] / "config" / "vocabulary.toml"


def record(source: str, number: int) -> Record:
    """Make up a row as full as those of real sources are."""
    words = f"{source} {number}".encode()
    digest, pixels = hashlib.sha256(words).hexdigest(), hashlib.sha3_256(words).hexdigest()
    phash = hashlib.blake2s(words).hexdigest()
    blob = hashlib.sha1(words, usedforsecurity=False).hexdigest()
    return Record(
        source=source,
        path=f"images/{number // 1000:04}/{digest[:16]}.jpeg",
        blob=blob,
        image_id=f"c19-{pixels[:16]}",
        sha256=digest,
        pixels_sha256=pixels,
        media_type="image/jpeg",
        bytes=150_000 + number,
        width=1024,
        height=1024,
        frames=1,
        bit_depth=8,
        phash=phash,
        modality="XR",
        view="PA",
        finding=("COVID-19",),
        finding_raw="Pneumonia/Viral/COVID-19",
        label_basis="dataset",
        patient_id=f"{source}:{digest[:8]}",
        sex="F",
        age_min=55,
        age_max=55,
        country="IT",
        licence="CC-BY-4.0",
        licence_basis="dataset",
        group=f"c19-{pixels[:16]}",
        first_seen=DAY,
        last_changed=DAY,
    )


def made_up(count: int) -> tuple[dict[str, list[Record]], list[Placed]]:
    """Return so many rows, by source, and the ledger of their splits."""
    rows = [record(f"set{at}", n) for at in range(_SOURCES) for n in range(count // _SOURCES)]
    placed = splits.assign(rows, ())
    by_source = groupby(placed.records, key=lambda row: row.source)
    return {name: list(some) for name, some in by_source}, list(placed.ledger)


def checkout(
    folder: Path, records: Mapping[str, Sequence[Record]], ledger: Sequence[Placed], form: Form
) -> None:
    """Commit a collection whose upstreams have not moved since it was described."""
    upstream, tip = _upstream(folder / "upstream.git")
    home = folder / "collection"
    (home / "config" / "sources").mkdir(parents=True)
    (home / "config" / "vocabulary.toml").write_bytes(_VOCABULARY.read_bytes())
    policy = f'protocols = ["file"]\n[manifest]\ncsv_rows = {form.sizes.csv_rows}\n'
    (home / "config" / "policy.toml").write_text(policy, encoding="utf-8")
    for at, name in enumerate(records):
        source = _SOURCE.format(url=upstream.as_uri(), at=at)
        (home / "config" / "sources" / f"{name}.toml").write_text(source, encoding="utf-8")
    files = manifest_files.differences(Manifests(), records, form.sizes)
    files[state.SPLITS] = splits.dumps(ledger).encode()
    for path, content in files.items():
        (home / path).parent.mkdir(parents=True, exist_ok=True)
        (home / path).write_bytes(content or b"")
    _commit(home, load.load(home / "config"), tip)


def _commit(home: Path, given: Config, tip: str) -> None:
    git.call("init", "--quiet", "--initial-branch=main", str(home))
    before = RunContext(given, state.State(""), home, given.sources)
    versions = (ALGORITHM_VERSION, None, None, DECODER_SET, VOLUMES_VERSION)
    described = [SourceRow(s.name, tip, before.layout(s), *versions) for s in given.sources]
    (home / "datasets" / "sources.csv").write_text(state.dumps(described), encoding="utf-8")
    git.call("add", ".", folder=home)
    links = "".join(f"160000 {tip}\tdatasets/{source.name}\n" for source in given.sources)
    git.call("update-index", "--index-info", folder=home, stdin=links.encode())
    _committed(home, "commit", "--quiet", "-m", "begin")


def _upstream(folder: Path) -> tuple[Path, str]:
    git.call("init", "--quiet", "--bare", "--initial-branch=main", str(folder))
    tree = git.call("hash-object", "-w", "-t", "tree", "--stdin", folder=folder).decode().strip()
    tip = _committed(folder, "commit-tree", "-m", "begin", tree)
    git.call("update-ref", "refs/heads/main", tip, folder=folder)
    return folder, tip


def _committed(folder: Path, *args: str) -> str:
    who = ("-c", "user.name=Benchmark", "-c", "user.email=bench@example.org")
    return git.line(*who, *args, folder=folder)
