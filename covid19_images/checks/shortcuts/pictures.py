"""Look at the pictures that a set names, on all cores."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from covid19_images.checks.shortcuts.listed import Listed
from covid19_images.checks.shortcuts.outside import look
from covid19_images.checks.shortcuts.subject import Subject
from covid19_images.download.squares import Say
from covid19_images.duplicates.folder import at_once
from covid19_images.images import decode
from covid19_images.images.decode import Limits
from covid19_images.images.refused import Refused
from covid19_images.manifest.inside import EscapeError, below


@dataclass(frozen=True, slots=True)
class Looked:
    """The pictures of a set.

    Attributes:
        subjects: Those that could be read.
        left_out: How many could not, by reason.
    """

    subjects: tuple[Subject, ...]
    left_out: Counter[str]


def look_at(folder: Path, listed: Sequence[Listed], say: Say) -> Looked:
    """Read every picture, and describe what of it is not lungs.

    Args:
        folder: The folder of the set; no file outside of it is read.
        listed: Its pictures.
        say: Called with the progress.
    """
    subjects, left_out = [], Counter[str]()
    with at_once() as threads:
        for done, one in enumerate(threads.map(partial(_subject, folder), listed), start=1):
            say("Looking at pictures", done, len(listed))
            if isinstance(one, Subject):
                subjects.append(one)
            else:
                left_out[one] += 1
    return Looked(tuple(subjects), left_out)


def _subject(folder: Path, one: Listed) -> Subject | str:
    """Return a picture as the audit sees it, or why it cannot be looked at."""
    try:
        content = below(folder, one.path).read_bytes()
    except EscapeError:
        return "whose path leads out of the folder"
    except OSError:
        return "whose file is not there"
    picture = decode.read(content, limits=Limits())
    if isinstance(picture, Refused):
        return "that cannot be read"
    grey = picture.grey()
    return Subject(
        labels=one.labels,
        split=one.split,
        source=one.source,
        group=one.group,
        width=grey.shape[1],
        height=grey.shape[0],
        bytes=len(content),
        bit_depth=picture.bit_depth,
        media_type=picture.media_type,
        outside=look(grey),
    )
