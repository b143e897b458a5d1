"""What every decoder is given, and what it gives back."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from covid19_images.images.formats import grey
from covid19_images.images.formats.dicom_grey import Rendering
from covid19_images.images.formats.headers import Headers
from covid19_images.manifest.record import MediaType, Privacy

Samples = NDArray[Any]

NOTHING_SAID = Headers()


class UnreadableError(Exception):
    """Raised for a file that is no readable picture: why, in a sentence that is safe to show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Raised for what is too large to decode.

    Attributes:
        max_bytes: Size of the file.
        max_pixels: Width times height of one frame.
        max_frames: Slices of a volume, pages, frames of an animation.
        max_samples: Frames times pixels times channels, of what is decoded in memory.
        max_spooled_bytes: Voxels of a volume of more samples, which are laid on disk and read slab
            by slab; 0 refuses such a volume.
    """

    max_bytes: int = 256 * 2**20
    max_pixels: int = 100_000_000
    max_frames: int = 4096
    max_samples: int = 300_000_000
    max_spooled_bytes: int = 4 * 2**30

    def check(self, width: int, height: int, *, frames: int = 1, channels: int = 1) -> None:
        """Refuse a picture by what its header announces, before anything is decoded.

        Raises:
            UnreadableError: It is empty, or larger than a limit.
        """
        if min(width, height, frames, channels) < 1:
            raise UnreadableError(f"the header announces an empty picture ({width} x {height})")
        if width * height > self.max_pixels:
            size = f"{width:,} x {height:,} pixels"
            raise UnreadableError(f"{size} are more than the limit of {self.max_pixels:,}")
        if frames > self.max_frames:
            raise UnreadableError(
                f"{frames:,} frames are more than the limit of {self.max_frames:,}"
            )
        if (samples := width * height * frames * channels) > self.max_samples:
            raise UnreadableError(
                f"{samples:,} samples are more than the limit of {self.max_samples:,}"
            )


STANDARD = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Hold one decoded image file.

    Attributes:
        media_type: What the content is.
        samples: As stored but upright, shape (frames, height, width) for grey pictures and
            (frames, height, width, channels) for grey+alpha, RGB and RGBA. uint8 up to 8 bits,
            else the integers or floats of the file. Palettes, CMYK and YCbCr are expanded to RGB.
        bit_depth: Significant bits of a sample in the file (8 for a palette).
        black: The sample value that renders as 0; greater than `white` in a negative.
        white: The sample value that renders as 255.
        padding: Least and greatest value of samples that are no measurement; they render as 0.
        renderings: How each frame is shown, where `black` and `white` do not say all of it.
        representative: The frame that stands for the picture: the middle one of a volume or a
            DICOM file, the first page or animation frame otherwise, as any viewer shows it.
        headers: What a DICOM file says of itself, without identity.
        privacy: What the metadata carries that may identify a person.
        orientation: The EXIF orientation that the samples were turned upright by; 1 for none.
        is_from_alpha: Whether the file holds its picture as transparency over one colour; the
            samples are then the grey levels that it has on paper, or on black where it is light.
    """

    media_type: MediaType
    samples: Samples
    bit_depth: int
    black: float = 0.0
    white: float = 255.0
    padding: tuple[float, float] | None = None
    renderings: tuple[Rendering, ...] = ()
    representative: int = 0
    headers: Headers = NOTHING_SAID
    privacy: tuple[Privacy, ...] = ()
    orientation: int = 1
    is_from_alpha: bool = False

    @property
    def is_as_stored(self) -> bool:
        """Return whether a reader that knows nothing but pixels has the same samples."""
        return self.orientation == 1 and not self.is_from_alpha

    @property
    def frames(self) -> int:
        """Count the frames."""
        return int(self.samples.shape[0])

    @property
    def height(self) -> int:
        """Return the height in pixels."""
        return int(self.samples.shape[1])

    @property
    def width(self) -> int:
        """Return the width in pixels."""
        return int(self.samples.shape[2])

    @property
    def is_ordinary(self) -> bool:
        """Return whether the samples are already 8-bit grey levels or colours."""
        if self.samples.dtype != np.uint8 or self.renderings:
            return False
        return (self.black, self.white) == (0.0, 255.0)

    def levels(self, frame: int | None = None) -> NDArray[np.uint8]:
        """Render one frame in 8 bits, with the channels it has; by default the representative one.

        Ordinary 8-bit pictures are given as they are. All others are scaled from
        `black`..`white`: the range the samples really have, or the window of a DICOM file.

        Args:
            frame: Its index; the `k` of `path#k`.

        Returns:
            Levels, shape (height, width) or (height, width, channels).

        Raises:
            IndexError: There is no such frame.
        """
        at = self.representative if frame is None else frame
        plane = self.samples[at]
        if self.renderings:
            return self.renderings[at].levels(plane, self.padding)
        if self.is_ordinary:
            return np.asarray(plane, np.uint8)
        return grey.scale(plane, self.black, self.white, self.padding)

    def ends(self, frame: int) -> tuple[float, float]:
        """Return the sample values of one frame that render as 0 and as 255."""
        window = self.renderings[frame].window if self.renderings else None
        return window or (self.black, self.white)

    def grey(self, frame: int | None = None) -> NDArray[np.uint8]:
        """Render one frame in 8-bit grey; by default the representative one.

        Ordinary 8-bit pictures give what PIL's `convert("L")` gives, all others that of `levels`.

        Args:
            frame: Its index; the `k` of `path#k`.

        Returns:
            Grey levels, shape (height, width).

        Raises:
            IndexError: There is no such frame.
        """
        return grey.luminance(self.levels(frame))
