"""Fill the draft of a release, and read it back as people will."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from covid19_images.release.index import SmallFile
from flows.publish import ReleaseError
from flows.publish.checksums import sha256
from flows.publish.publisher import Publisher

Say = Callable[[str], None]


def send(
    publisher: Publisher, version: str, files: Sequence[SmallFile], folder: Path, say: Say
) -> int:
    """Upload the draft's files that are missing or differ, one by one.

    Returns:
        How many bytes were sent.
    """
    wanted = {file.name: file for file in files}
    right, sent = set(), 0
    for name, asset in sorted(publisher.assets(version).items()):
        if name in wanted and asset.digest() == wanted[name].sha256:
            right.add(name)
        else:
            publisher.delete(version, name)
    for file in files:
        if file.name not in right:
            say(f"Sending {file.name}")
            publisher.upload(version, folder / file.name)
            sent += file.size
    return sent


def verify(publisher: Publisher, version: str, files: Sequence[SmallFile], say: Say) -> None:
    """Fetch every file as people will, and compare.

    Raises:
        ReleaseError: One is missing, too much, or differs; the draft is not published.
    """
    there = publisher.assets(version)
    odd = sorted(set(there) ^ {file.name for file in files})
    with tempfile.TemporaryDirectory() as scratch:
        for file in files:
            if file.name in odd:
                continue
            say(f"Verifying {file.name}")
            copy = Path(scratch, file.name)
            publisher.download(version, file.name, copy)
            if copy.stat().st_size != file.size or sha256(copy) != file.sha256:
                odd.append(file.name)
            copy.unlink()
    if odd:
        raise ReleaseError(
            f"The draft of {version} does not hold what was sent: {', '.join(odd)}. It was not "
            "published. Run again: these files are then sent again."
        )
