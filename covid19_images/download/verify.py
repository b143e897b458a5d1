"""Look at a local copy: is all of it right, and what is in it?"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from covid19_images.download import trust as trusts
from covid19_images.download.copy import POINTERS, SHARDS, LocalCopy, open_copy
from covid19_images.download.errors import ProofError
from covid19_images.download.pointers import place, wanted_pointers
from covid19_images.download.request import read as read_request
from covid19_images.download.transfer import file_sha256
from covid19_images.download.trust import Proof
from covid19_images.images.sizes import SIZES_PX
from covid19_images.release.index import INDEX, MANIFEST, PROOF, REGISTRY, SUMS
from covid19_images.release.row import digests


@dataclass(frozen=True, slots=True)
class Verified:
    """What checking a copy found.

    Attributes:
        version: The release it is a copy of.
        right: Files that are what the release says.
        damaged: Files that are not.
        missing: Files that should be here and are not.
        unknown: Files among the shards that no release speaks of.
        signers: The keys that signed the release and are trusted; none where nobody signed it.
        unproved: What contradicts the signed statement, in sentences.
    """

    version: str
    right: int
    damaged: tuple[str, ...]
    missing: tuple[str, ...]
    unknown: tuple[str, ...]
    signers: tuple[str, ...] = ()
    unproved: tuple[str, ...] = ()

    @property
    def is_good(self) -> bool:
        """Return whether nothing is damaged or missing, and nothing contradicts the statement."""
        return not self.damaged and not self.missing and not self.unproved


def verify(folder: Path | str, *, key: str | None = None) -> Verified:
    """Hash every file of a copy again, and hold it against what was signed; asks no server.

    Args:
        folder: The copy.
        key: Who must have signed it, as `ed25519:…`; by default whom the copy trusts.

    Raises:
        LocalCopyError: There is no copy, or its index cannot be read.
        RequestError: The copy does not say what it should hold, or that is no key.
    """
    copy, folder = open_copy(folder), Path(folder)
    signers, unproved = _proved(copy, key)
    chosen = read_request(folder)
    shards = chosen.shards(copy.index)
    wanted = {folder / small.name: small.sha256 for small in copy.index.files}
    wanted |= {
        folder / SHARDS / shard.name: shard.sha256
        for shard in copy.index.shards
        if shard in shards or (folder / SHARDS / shard.name).exists()
    }
    wanted |= {folder / INDEX: _listed_sha256(folder, INDEX)}
    wanted |= {path: path.name for path in (folder / POINTERS).glob("??/*") if not path.suffix}
    found = {path: _state(path, sha256) for path, sha256 in wanted.items()}
    absent = [path for path, state in found.items() if state == "missing"]
    if chosen.pointers:
        rows = wanted_pointers(folder, copy.rows.values(), chosen)
        places = [place(folder, row.record.sha256 or "") for row in rows]
        absent += [path for path in places if path not in found]  # else it is damaged
    here = set((folder / SHARDS).glob("*")) if (folder / SHARDS).is_dir() else set()
    odd = [p for p in here - wanted.keys() if p.suffix != ".part"]
    return Verified(
        version=copy.version,
        right=sum(state == "right" for state in found.values()),
        damaged=_names(folder, [p for p, state in found.items() if state == "damaged"]),
        missing=_names(folder, absent),
        unknown=_names(folder, odd),
        signers=signers,
        unproved=unproved,
    )


def _proved(copy: LocalCopy, key: str | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return who signed the release, and what contradicts that."""
    try:
        proved = trusts.proved_here(copy.folder, copy.version, key)
    except ProofError as error:
        return (), (str(error),)
    return (proved.signers, tuple(_contradictions(copy, proved))) if proved else ((), ())


def _contradictions(copy: LocalCopy, proved: Proof) -> Iterator[str]:
    """Yield what differs from the statement: files are looked at one by one, rows here."""
    files = proved.statement.files
    small = {one.name: one.sha256 for one in copy.index.files}
    listed = small | {one.name: one.sha256 for one in copy.index.shards}
    odd = sorted(name for name, sha256 in listed.items() if files.get(name) != sha256)
    if odd:
        yield f"{INDEX} lists {odd[0]} otherwise than {PROOF}."
    for name in (INDEX, REGISTRY):
        if _state(copy.folder / name, files.get(name, "")) != "right":
            yield f"{name} is not what {PROOF} says."
    rows = digests(copy.rows.values())
    for name in sorted(rows.keys() | proved.statement.row_sets):
        if rows.get(name) != proved.statement.row_sets.get(name):
            yield f"{MANIFEST} has other {name} than {PROOF} says."


def _listed_sha256(folder: Path, name: str) -> str:
    try:
        text = (folder / SUMS).read_text(encoding="ascii", errors="replace")
    except FileNotFoundError:
        return ""
    sums = (line.partition("  ") for line in text.splitlines())
    return next((digest for digest, _, file in sums if file == name), "")


def _state(path: Path, sha256: str) -> str:
    if not path.is_file():
        return "missing"
    return "right" if file_sha256(path) == sha256 else "damaged"


def _names(folder: Path, paths: list[Path]) -> tuple[str, ...]:
    return tuple(sorted(str(path.relative_to(folder)) for path in paths))


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What a copy has of one source.

    Attributes:
        name: The source.
        images: How many the release has, of those that are used.
        here: How many of them are here in any form.
        originals: How many are here themselves, as the owner has them.
        squares: How many are here as squares, by their side in pixels.
        licences: Licences by the number of images.
    """

    name: str
    images: int
    here: int
    originals: int
    squares: tuple[tuple[int, int], ...]
    licences: tuple[tuple[str, int], ...]


def info(copy: LocalCopy) -> list[SourceInfo]:
    """List what is in a copy, source by source; images that are no longer used are not counted."""
    found = []
    active = [record for record in copy.records if record.status == "active"]
    for name in sorted({record.source for record in active}):
        mine = [record for record in active if record.source == name]
        licences = Counter(record.licence or "NOASSERTION" for record in mine)
        forms = [copy.forms(record) for record in mine]
        here = Counter(form for some in forms for form in some)
        squares = tuple((side, here[side]) for side in SIZES_PX)
        found.append(
            SourceInfo(
                name,
                images=len(mine),
                here=sum(map(bool, forms)),
                originals=here[None],
                squares=squares,
                licences=tuple(licences.most_common()),
            )
        )
    return found
