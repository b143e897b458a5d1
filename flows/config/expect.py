"""What is plausible for a source: `[expect]` in its TOML. Outside of it a person looks first."""

from pydantic import BaseModel, ConfigDict, Field

from covid19_images.manifest.record import MediaType

_Count = Field(default=None, ge=0)


class Expect(BaseModel):
    """Bounds on what one night may change; what is left out is not bounded.

    Attributes:
        min_images: Fewest image files there may be.
        max_removed: Most images that may be gone at once.
        max_changed: Most images whose file or labels may change at once.
        max_new: Most images that may come at once, after the first import.
        max_labels_lost: Most labels of one field that may vanish at once; instead of the policy's
            `hold_labels_lost_share`.
        media_types: Kinds of file that may come; empty for all.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    min_images: int | None = _Count
    max_removed: int | None = _Count
    max_changed: int | None = _Count
    max_new: int | None = _Count
    max_labels_lost: int | None = _Count
    media_types: tuple[MediaType, ...] = ()
