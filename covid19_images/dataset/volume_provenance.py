"""Where a volume or a mask comes from: each slice of it back to its owner's repository."""

import hashlib
from dataclasses import dataclass

from covid19_images.dataset.provenance import Provenance, proof_of, traced
from covid19_images.download import volumes as local
from covid19_images.download.copy import LocalCopy
from covid19_images.download.trust import Proof
from covid19_images.download.volumes import LocalVolume
from covid19_images.manifest.mask import MaskRow
from covid19_images.release.volumes import MASKS, mask_member


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskProvenance:
    """Where one mask comes from.

    Attributes:
        mask: Its row in `masks.csv`, `source/path`.
        belongs_to: The picture or volume it is of, `source/path` or `source/volume`.
        release: The release that this copy holds.
        signers: The trusted keys that signed it; none where nobody did.
        licence: The licence of the mask.
        member: Its name in `masks.tar`; `None` where its licence does not let us ship it.
        member_sha256: Of the bytes in this copy.
        tar_sha256: Of `masks.tar`, as the release says.
        blob: The git blob of the upstream's file.
        upstream: The repository of its owner.
        commit: The commit there.
    """

    mask: str
    belongs_to: str | None
    release: str
    signers: tuple[str, ...]
    licence: str | None
    member: str | None
    member_sha256: str | None
    tar_sha256: str | None
    blob: str
    upstream: str | None
    commit: str | None

    def __repr__(self) -> str:
        """Write one line for each fact, mask first."""
        return "\n".join(self.lines())

    def lines(self) -> list[str]:
        """Write one line for each fact, from the mask to the upstream."""
        by = f"signed by {', '.join(self.signers) or 'nobody'}"
        packed = f"{self.member}, sha256 {self.member_sha256}" if self.member else "not shipped"
        return [
            f"mask      {self.mask}, of {self.belongs_to}, licence {self.licence or 'NOASSERTION'}",
            f"member    {packed}",
            f"tar       {MASKS}, sha256 {self.tar_sha256}",
            f"release   {self.release}, {by}",
            f"blob      {self.blob}",
            f"upstream  {self.upstream} at commit {self.commit}",
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeProvenance:
    """Where one volume comes from.

    Attributes:
        volume: Its row in `volumes.csv`, `source/volume`.
        volume_id: What names its voxels.
        release: The release that this copy holds.
        signers: The trusted keys that signed it; none where nobody did.
        slices: Each slice, in their order: its member, blob, and upstream commit.
        masks: Its masks, of which the copy has the files.
    """

    volume: str
    volume_id: str | None
    release: str
    signers: tuple[str, ...]
    slices: tuple[Provenance, ...]
    masks: tuple[MaskProvenance, ...]

    def __repr__(self) -> str:
        """Write one line for each fact, volume first."""
        return "\n".join(self.lines())

    def lines(self) -> list[str]:
        """Write one line for each fact, and one for each slice and mask."""
        by = f"signed by {', '.join(self.signers) or 'nobody'}"
        upstreams = sorted({f"{one.upstream} at commit {one.commit}" for one in self.slices})
        return [
            f"volume    {self.volume} ({self.volume_id})",
            f"release   {self.release}, {by}",
            *(f"upstream  {one}" for one in upstreams),
            *(
                f"slice     {one.member}, sha256 {one.member_sha256}, blob {one.blob}, {one.image}"
                for one in self.slices
            ),
            *(
                f"mask      {one.member}, sha256 {one.member_sha256}, blob {one.blob}, {one.mask}"
                for one in self.masks
            ),
        ]


def of_volume(copy: LocalCopy, volume: LocalVolume) -> VolumeProvenance:
    """Return where a volume of a copy comes from.

    Raises:
        LocalCopyError: The copy is not what was signed.
    """
    proved = proof_of(copy)
    frames = local.frames(volume)
    return VolumeProvenance(
        volume=volume.name,
        volume_id=volume.row.volume_id,
        release=copy.version,
        signers=proved.signers if proved else (),
        slices=tuple(traced(copy, copy.rows[r.key], proved, frame) for r, frame in frames),
        masks=tuple(_mask(copy, row, proved) for row in volume.masks),
    )


def of_mask(copy: LocalCopy, row: MaskRow) -> MaskProvenance:
    """Return where a mask of a copy comes from.

    Raises:
        LocalCopyError: The copy is not what was signed.
    """
    return _mask(copy, row, proof_of(copy))


def _mask(copy: LocalCopy, row: MaskRow, proved: Proof | None) -> MaskProvenance:
    content = copy.mask(mask_member(row))
    source = next((one for one in copy.index.sources if one.name == row.source), None)
    listed = next((one for one in copy.index.files if one.name == MASKS), None)
    of = row.picture or row.volume
    return MaskProvenance(
        mask="/".join(row.key),
        belongs_to=f"{row.source}/{of}" if of else None,
        release=copy.version,
        signers=proved.signers if proved else (),
        licence=row.licence,
        member=mask_member(row) if content is not None else None,
        member_sha256=hashlib.sha256(content).hexdigest() if content is not None else None,
        tar_sha256=listed.sha256 if listed else None,
        blob=row.blob,
        upstream=source.url if source else None,
        commit=source.commit if source else None,
    )
