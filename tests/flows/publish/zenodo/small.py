"""Small releases for Zenodo, and sessions that die on the way there."""

import random
from pathlib import Path

import requests

from covid19_images.release.index import Index, Shard, SmallFile, SourceEntry
from flows.publish.checksums import sha256sums, small_file
from flows.publish.citation import citation
from flows.publish.zenodo.target import ZenodoTarget
from tests.support.zenodo import TOKEN, Zenodo


class KilledError(BaseException):
    """A power cut before or after a request."""


def write_release(folder: Path, version: str, shards: dict[str, Shard], **more) -> None:
    """Write a release with some shards, of which the new ones are in it."""
    source = SourceEntry(
        name="set",
        title="A <set>",
        owner="Somebody",
        url="https://example.org/set",
        commit="c",
        licence="CC-BY-NC-4.0",
        shipped=2,
        pointers=0,
    )
    here = folder / version
    texts = {
        "CITATION.cff": citation(version, [source], more.get("doi"), more.get("concept_doi")),
        "CHANGES.md": f"# {version}\n",
        "manifest.csv": f"rows of {version}\n",
    }
    for name, text in texts.items():
        (here / name).write_text(text, encoding="utf-8")
    files = tuple(small_file(here / name) for name in texts)
    index = Index(
        version=version, sources=(source,), files=files, shards=tuple(shards.values()), **more
    )
    (here / "index.json").write_text(index.dumps(), encoding="utf-8")
    listed: list[SmallFile | Shard] = [*files, *shards.values(), small_file(here / "index.json")]
    (here / "SHA256SUMS").write_text(sha256sums(listed), encoding="ascii")


def write_shard(folder: Path, version: str, number: int, seed: str = "") -> Shard:
    """Write the bytes of a shard; nobody looks into it here."""
    (folder / version).mkdir(parents=True, exist_ok=True)
    file = folder / version / f"images-set-{number:05d}.tar"
    file.write_bytes(random.Random(f"{number}{seed}").randbytes(3000))
    found = small_file(file)
    return Shard(
        name=found.name,
        layer="images",
        source="set",
        images=1,
        size=found.size,
        sha256=found.sha256,
        first_published=version,
    )


def target_of(zenodo: Zenodo, **options) -> ZenodoTarget:
    return ZenodoTarget(
        "zenodo", lambda: TOKEN, server=zenodo.url, **{"look_every_s": 0.0} | options
    )


def dying_at(calls: int) -> type[requests.Session]:
    """Return a session that dies at its n-th request or answer."""
    left = [calls]

    class Dying(requests.Session):
        def send(self, *args, **options):
            self.tick()
            answer = super().send(*args, **options)
            self.tick()
            return answer

        def tick(self) -> None:
            left[0] -= 1
            if left[0] == 0:
                raise KilledError

    return Dying
