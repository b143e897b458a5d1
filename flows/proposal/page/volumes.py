"""What the page shows of a volume: three planes with a slider each, and what masks outline."""

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from covid19_images.manifest.mask import MaskRow
from flows.proposal.pictures import PlanePictures, VolumePictures
from flows.proposal.volumes import NewVolume, OutlinedPicture
from flows.text import names
from flows.text.planes import Outline, Planes, outlines

MOST_LISTED = 200
BUDGET_BYTES = 1_500_000  # of the page, for planes


@dataclass(frozen=True, slots=True)
class VolumeCard:
    """One volume.

    Attributes:
        heading: The source, and its name as it may be shown.
        words: What is known of it.
        planes: Its planes; none where they are not in the page.
        outlines: What masks outline in it.
    """

    heading: str
    words: str
    planes: tuple[Planes, ...]
    outlines: tuple[Outline, ...]


def volume_cards(
    volumes: Sequence[NewVolume],
    drawn: Mapping[tuple[str, str], VolumePictures],
    harmless: Mapping[str, Sequence[str]],
) -> list[VolumeCard]:
    """Return the cards of volumes, at most `MOST_LISTED`; planes while there is room.

    Args:
        volumes: The volumes.
        drawn: Their pictures, by source and name.
        harmless: What tells nobody in names of a source.
    """
    cards = []
    for volume in volumes[:MOST_LISTED]:
        heading = f"{volume.row.source} {volume.shown_name(harmless)}"
        pictures = drawn.get(volume.row.key)
        cards.append(_card(heading, ", ".join(volume.words()), volume.masks, pictures))
    return _drawn_while_there_is_room(cards)


def picture_cards(
    pictures: Sequence[OutlinedPicture],
    drawn: Mapping[tuple[str, str], VolumePictures],
    harmless: Mapping[str, Sequence[str]],
) -> list[VolumeCard]:
    """Return the cards of pictures with masks, at most `MOST_LISTED`; drawn while there is room.

    Args:
        pictures: The pictures.
        drawn: With their outlines, by source and path.
        harmless: What tells nobody in names of a source.
    """
    cards = []
    for one in pictures[:MOST_LISTED]:
        path = names.shown_path(one.path, one.masks[0].blob, harmless.get(one.source, ()))
        cards.append(_card(f"{one.source} {path}", "", one.masks, drawn.get(one.key)))
    return _drawn_while_there_is_room(cards)


def _card(
    heading: str, words: str, masks: Sequence[MaskRow], pictures: VolumePictures | None
) -> VolumeCard:
    planes = tuple(map(_planes, pictures.planes)) if pictures else ()
    drawn = pictures.masks if pictures and planes else ()
    return VolumeCard(heading, words, planes, tuple(outlines(masks, drawn)))


def _drawn_while_there_is_room(cards: Iterable[VolumeCard]) -> list[VolumeCard]:
    found = []
    room = BUDGET_BYTES
    for card in cards:
        room -= sum(len(one.address) for one in card.planes)
        found.append(card if room >= 0 else without_planes(card))
    return found


def without_planes(card: VolumeCard) -> VolumeCard:
    """Return a card without planes, on which nothing is outlined then."""
    undrawn = tuple(replace(one, colour=0) for one in card.outlines)
    return replace(card, planes=(), outlines=undrawn)


def _planes(one: PlanePictures) -> Planes:
    address = f"data:image/webp;base64,{base64.b64encode(one.strip.webp).decode()}"
    high = one.strip.height // len(one.numbers)
    return Planes(one.axis, one.numbers, one.count, one.strip.width, high, address)
