"""Where one image comes from: from the tensor back to its owner's repository."""

import hashlib
from dataclasses import dataclass

from covid19_images.download.copy import LocalCopy, LocalCopyError
from covid19_images.download.errors import ProofError
from covid19_images.download.trust import Proof, proved_here
from covid19_images.release.names import of_frame
from covid19_images.release.row import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where one image comes from.

    Attributes:
        image: Its row in the manifest, `source/path`.
        image_id: Its id, which all with the same pixels share.
        release: The release that this copy holds.
        signers: The trusted keys that signed it; none where nobody did.
        licence: The licence of the image.
        shard: The tar that holds it; `None` for an image that is fetched from its owner.
        shard_sha256: Of that tar, as the release says.
        shard_release: The release that first had that tar.
        member: Its name in there.
        member_sha256: Of the bytes in this copy; `None` where it does not hold them.
        recipe: Version of the rules by which the upstream's file became the member.
        blob: The git blob of the upstream's file.
        sha256: Of the upstream's file.
        upstream: The repository of its owner.
        commit: The commit there.
        url: Where its owner has the file; `None` where its name may not be shown.
        collection_commit: The commit of the collection that the release was made from.
        code_commit: The commit of the code that made it, where the release says so.
    """

    image: str
    image_id: str | None
    release: str
    signers: tuple[str, ...]
    licence: str | None
    shard: str | None
    shard_sha256: str | None
    shard_release: str | None
    member: str | None
    member_sha256: str | None
    recipe: int
    blob: str
    sha256: str | None
    upstream: str | None
    commit: str
    url: str | None
    collection_commit: str
    code_commit: str | None

    def __repr__(self) -> str:
        """Write one line for each fact, tensor first."""
        return "\n".join(self.lines())

    def lines(self) -> list[str]:
        """Write one line for each fact, from the tensor to the upstream."""
        by = f"signed by {', '.join(self.signers) or 'nobody'}"
        held = f"sha256 {self.member_sha256}" if self.member_sha256 else "not in this copy"
        packed = [
            f"member    {self.member}, {held}",
            f"shard     {self.shard}, sha256 {self.shard_sha256}, since {self.shard_release}",
        ]
        fetched = [f"file      fetched from its owner, {held}"]
        return [
            f"image     {self.image} ({self.image_id}), licence {self.licence or 'NOASSERTION'}",
            *(packed if self.shard else fetched),
            f"recipe    version {self.recipe}, by code at {self.code_commit or 'no known commit'}",
            f"release   {self.release}, of the collection at {self.collection_commit}, {by}",
            f"blob      {self.blob}, sha256 {self.sha256}",
            f"upstream  {self.upstream} at commit {self.commit}",
            f"url       {self.url or 'not shown: its name may identify a person'}",
        ]


def proof_of(copy: LocalCopy) -> Proof | None:
    """Return what a copy proves; `None` where nobody expects that it does.

    Raises:
        LocalCopyError: It is not what was signed.
    """
    try:
        return proved_here(copy.folder, copy.version)
    except ProofError as error:
        raise LocalCopyError(f"The copy in {copy.folder} is not to be trusted: {error}") from None


def row_of(copy: LocalCopy, name: str) -> Row:
    """Return the row of an image by its key, or by its id: the one that others are copies of.

    Raises:
        LocalCopyError: The copy has no such image.
    """
    if name in copy.rows:
        return copy.rows[name]
    same = [row for row in copy.rows.values() if row.record.image_id == name]
    if not same:
        raise LocalCopyError(
            f"Release {copy.version} in {copy.folder} has no image {name!r}. Name it by its key "
            "source/path, or by its image_id, as manifest.csv does."
        )
    return min(same, key=lambda row: (row.record.duplicate_of is not None, row.record.key))


def traced(copy: LocalCopy, row: Row, proved: Proof | None, frame: int | None = None) -> Provenance:
    """Return where an image of a copy comes from.

    Args:
        copy: The copy.
        row: The image's row in it.
        proved: What the copy proves.
        frame: Which slice of a volume; the middle one by default.
    """
    record = row.record
    shard = next((one for one in copy.index.shards if one.name == row.shard), None)
    source = next((one for one in copy.index.sources if one.name == record.source), None)
    content = copy.encoded(record, frame=frame)
    code = proved.statement.dependencies.get("code") if proved else None
    return Provenance(
        image=record.key,
        image_id=record.image_id,
        release=copy.version,
        signers=proved.signers if proved else (),
        licence=record.licence,
        shard=row.shard,
        shard_sha256=shard.sha256 if shard else None,
        shard_release=shard.first_published if shard else None,
        member=of_frame(row.member, record, frame) if row.member else None,
        member_sha256=hashlib.sha256(content).hexdigest() if content is not None else None,
        recipe=copy.index.processing,
        blob=record.blob,
        sha256=record.sha256,
        upstream=source.url if source else None,
        commit=row.commit,
        url=row.pointer_url,
        collection_commit=copy.index.commit,
        code_commit=code.digest.get("gitCommit") if code else None,
    )
