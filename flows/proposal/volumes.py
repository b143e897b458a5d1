"""The volumes of a proposal: new ones, those whose masks changed, and those that are gone."""

from collections import defaultdict
from collections.abc import Collection as Keys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from covid19_images.manifest.mask import MaskRow
from covid19_images.manifest.volume import VolumeRow
from flows.collection.volumes import Volumes
from flows.text import names
from flows.text.escape import code
from flows.text.plural import plural

_LISTED = 20


@dataclass(frozen=True, slots=True)
class NewVolume:
    """A volume, and its masks.

    Attributes:
        row: The volume.
        masks: What outlines something in it, sorted by path.
        is_new: Whether the volume is new; else only its masks changed.
    """

    row: VolumeRow
    masks: tuple[MaskRow, ...] = ()
    is_new: bool = True

    def shown_name(self, harmless: Mapping[str, Sequence[str]]) -> str:
        """Return its name as it may be shown.

        Args:
            harmless: What tells nobody in names of a source.
        """
        return _shown(self.row, harmless)

    def words(self) -> Iterator[str]:
        """Yield what is known of it, in a few words each."""
        row = self.row
        if not self.is_new:
            yield "only its masks changed"
        sides = (row.columns, row.rows, row.slices)
        if all(sides):
            yield f"{' × '.join(f'{side:,}' for side in sides if side)} voxels"
        steps = (row.spacing_x_mm, row.spacing_y_mm, row.spacing_z_mm)
        if all(step is not None for step in steps):
            yield f"{' × '.join(f'{step:.3g}' for step in steps if step is not None)} mm"
        yield "Hounsfield units" if row.units == "HU" else "units not known"
        yield plural(row.files, "files")
        if row.missing_slices:
            yield f"{plural(row.missing_slices, 'slices')} missing"
        yield from (word.replace("_", " ") for word in row.finding)


@dataclass(frozen=True, slots=True)
class OutlinedPicture:
    """A picture that is no volume, whose masks are new or others than before.

    Attributes:
        source: Its source.
        path: Its path there.
        masks: What outlines something in it, sorted by path.
    """

    source: str
    path: str
    masks: tuple[MaskRow, ...]

    @property
    def key(self) -> tuple[str, str]:
        """Return what no two pictures have in common."""
        return self.source, self.path


@dataclass(frozen=True, slots=True)
class VolumesReport:
    """How volumes and masks differ from before.

    Attributes:
        volumes: Volumes that are new or others than before, or whose masks changed.
        gone: Volumes that are none any more.
        outlined: Paths of the pictures that are no volume and whose masks changed, by source.
        pictures: Those of them that have masks now.
    """

    volumes: tuple[NewVolume, ...] = ()
    gone: tuple[VolumeRow, ...] = ()
    outlined: Mapping[str, Sequence[str]] = field(default_factory=dict)
    pictures: tuple[OutlinedPicture, ...] = ()

    def outlined_anew(self, source: str, others: Keys[str]) -> int:
        """Count the volumes and pictures that stayed, and whose masks changed.

        Args:
            source: Of this source.
            others: Paths of its pictures that are new or gone.
        """
        volumes = sum(not one.is_new and one.row.source == source for one in self.volumes)
        return volumes + sum(path not in others for path in self.outlined.get(source, ()))


def report_volumes(before: Volumes, after: Volumes) -> VolumesReport:
    """Compare volumes and masks before and after a night.

    Args:
        before: Those of the base.
        after: Those after the night.
    """
    if after is before:
        return VolumesReport()
    known, names_now = set(before.rows), {row.key for row in after.rows}
    of_volumes, of_pictures = _masks(after)
    volumes_before, pictures_before = _masks(before)
    found = []
    for row in after.rows:
        own = of_volumes.get(row.key, ())
        if row not in known or own != volumes_before.get(row.key, ()):
            found.append(NewVolume(row, tuple(own), row not in known))
    changed = sorted(
        key
        for key in of_pictures.keys() | pictures_before.keys()
        if of_pictures.get(key) != pictures_before.get(key)
    )
    pictures = [OutlinedPicture(*k, tuple(of_pictures[k])) for k in changed if k in of_pictures]
    gone = tuple(row for row in before.rows if row.key not in names_now)
    outlined: dict[str, list[str]] = defaultdict(list)
    for source, path in changed:
        outlined[source].append(path)
    return VolumesReport(tuple(found), gone, outlined, tuple(pictures))


_Key = tuple[str, str]
_Masks = Mapping[_Key, Sequence[MaskRow]]


def _masks(volumes: Volumes) -> tuple[_Masks, _Masks]:
    """Return the masks of volumes and those of pictures, by source and name."""
    of_volumes: dict[_Key, list[MaskRow]] = defaultdict(list)
    of_pictures: dict[_Key, list[MaskRow]] = defaultdict(list)
    for row in volumes.masks:
        if row.volume is not None:
            of_volumes[row.source, row.volume].append(row)
        elif row.picture is not None:
            of_pictures[row.source, row.picture].append(row)
    return of_volumes, of_pictures


def section(report: VolumesReport, harmless: Mapping[str, Sequence[str]], *, level: int) -> str:
    """Write the section of a proposal's body, or of CHANGES.md; empty where nothing changed.

    Args:
        report: How volumes and masks differ from before.
        harmless: What tells nobody in names of a source.
        level: Of its heading.
    """
    listed = _items(report, harmless)
    return "\n".join([f"{'#' * level} Volumes and masks", "", *listed, ""]) if listed else ""


def _items(report: VolumesReport, harmless: Mapping[str, Sequence[str]]) -> list[str]:
    lines = []
    for one in report.volumes:
        shows = sorted({word for row in one.masks for word in row.classes})
        words = [*one.words(), *([f"outlined: {' and '.join(shows)}"] if shows else [])]
        lines.append(f"- {_named(one.row, harmless)}: {', '.join(words)}")
    lines += [f"- No volume any more: {_named(row, harmless)}" for row in report.gone]
    more = len(lines) - _LISTED
    rest = [f"- … and {more:,} more in datasets/volumes.csv"] if more > 0 else []
    masks = [
        f"- {source}: masks of {plural(len(paths), 'pictures')} changed"
        for source, paths in report.outlined.items()
    ]
    return [*lines[:_LISTED], *rest, *masks]


def _named(row: VolumeRow, harmless: Mapping[str, Sequence[str]]) -> str:
    return code(f"{row.source}/{_shown(row, harmless)}")


def _shown(row: VolumeRow, harmless: Mapping[str, Sequence[str]]) -> str:
    return names.shown_path(row.volume, row.files_sha256, harmless.get(row.source, ()))
