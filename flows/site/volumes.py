"""What the site shows of volumes: size, spacing, what is odd, and the pictures they are made of."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from covid19_images.manifest.mask import MaskRow
from covid19_images.manifest.volume import SliceRow, VolumeRow
from flows.collection.volumes import Volumes
from flows.config.source import Source
from flows.site.pictures import Picture
from flows.text import names


@dataclass(frozen=True, slots=True)
class Slice:
    """A picture of a volume: its place from 1, where it has one, and its frame."""

    number: int | None
    frame: int | None
    picture: Picture


@dataclass(frozen=True, slots=True)
class Volume:
    """Voxels, which one source has or several have.

    Attributes:
        volume_id: Their name.
        rows: What is known of them, by source and name; never empty.
        slices: The pictures of the first.
        masks: What outlines something in the first.
    """

    volume_id: str
    rows: tuple[VolumeRow, ...]
    slices: tuple[Slice, ...]
    masks: tuple[MaskRow, ...] = ()

    @property
    def page(self) -> str:
        """Return where its page is."""
        return f"volumes/{self.volume_id}.html"

    @property
    def size(self) -> str:
        """Return its size in words; empty where it is not known."""
        return _voxels(self.rows[0])

    @property
    def spacing(self) -> str:
        """Return the distance of its voxels in words; empty where it is not known."""
        return _spacing(self.rows[0])

    @property
    def odd(self) -> tuple[str, ...]:
        """Return what is odd about it, in words."""
        return tuple(sorted({word.replace("_", " ") for row in self.rows for word in row.finding}))


def shown(
    known: Volumes, pictures: Iterable[Picture], sources: Mapping[str, Source]
) -> list[Volume]:
    """Return the volumes whose pictures are all shown, sorted.

    Args:
        known: All volumes.
        pictures: The pictures that may be shown.
        sources: The configured sources, by name.
    """
    by_key = {key: picture for picture in pictures for key in picture.keys}
    slices = known.by_volume()
    masks: dict[tuple[str, str | None], list[MaskRow]] = defaultdict(list)
    for mask in known.masks:
        masks[mask.source, mask.volume].append(mask)
    rows: dict[str, list[VolumeRow]] = defaultdict(list)
    for row in known.rows:
        made_of = slices.get(row.key, ())
        if row.volume_id and made_of and all(one.image in by_key for one in made_of):
            rows[row.volume_id].append(row)
    return [
        Volume(
            volume_id,
            tuple(_shown(row, sources) for row in sorted(found, key=lambda r: r.key)),
            _slices(slices[min(row.key for row in found)], by_key),
            tuple(masks[min(row.key for row in found)]),
        )
        for volume_id, found in sorted(rows.items())
    ]


def _shown(row: VolumeRow, sources: Mapping[str, Source]) -> VolumeRow:
    """Return a row whose name tells no person."""
    source = sources.get(row.source)
    harmless = source.harmless if source else ()
    return replace(row, volume=names.shown_path(row.volume, row.files_sha256, harmless))


def _slices(rows: Sequence[SliceRow], by_key: Mapping[str, Picture]) -> tuple[Slice, ...]:
    ordered = sorted(rows, key=lambda r: (r.slice is None, r.slice or 0, r.frame or 0, r.path))
    return tuple(Slice(row.slice, row.frame, by_key[row.image]) for row in ordered)


def facts(volume: Volume) -> list[tuple[str, tuple[str, ...]]]:
    """Return what is known of a volume's rows, in words; what of none is left out."""
    found = [(name, tuple(cell(row) for row in volume.rows)) for name, cell in _CELLS.items()]
    return [(name, cells) for name, cells in found if any(cells)]


def _voxels(row: VolumeRow) -> str:
    sides = (row.columns, row.rows, row.slices)
    return " × ".join(f"{side:,}" for side in sides if side) if all(sides) else ""


def _spacing(row: VolumeRow) -> str:
    steps = (row.spacing_x_mm, row.spacing_y_mm, row.spacing_z_mm)
    known = [f"{step:.3g}" for step in steps if step is not None]
    return f"{' × '.join(known)} mm" if len(known) == len(steps) else ""


def _window(row: VolumeRow) -> str:
    if row.window_centre is None or row.window_width is None:
        return ""
    return f"centre {row.window_centre:g}, width {row.window_width:g}"


_CELLS: Mapping[str, Callable[[VolumeRow], str]] = {
    "name": lambda r: r.volume,
    "voxels": _voxels,
    "spacing": _spacing,
    "slice thickness": lambda r: f"{r.slice_thickness_mm:g} mm" if r.slice_thickness_mm else "",
    "units": lambda r: "Hounsfield units" if r.units == "HU" else "not known",
    "window": _window,
    "kernel": lambda r: r.kernel or "",
    "format": lambda r: r.media_type or "",
    "files": lambda r: f"{r.files:,}",
    "missing slices": lambda r: f"{r.missing_slices:,}" if r.missing_slices else "",
    "gaps": lambda r: ", ".join(r.gaps),
    "what is odd": lambda r: ", ".join(word.replace("_", " ") for word in r.finding),
}


def by_picture(volumes: Iterable[Volume]) -> Mapping[str, Sequence[Volume]]:
    """Return the volumes that each picture is in, by its name."""
    found: dict[str, dict[str, Volume]] = defaultdict(dict)
    for volume in volumes:
        for one in volume.slices:
            found[one.picture.image_id][volume.volume_id] = volume
    return {image_id: list(some.values()) for image_id, some in found.items()}
