"""Releases in a local folder: `FOLDER/<version>/`, with the same files as anywhere else.

The folder can be served as it is, or handed on: `covid19-images download --from FOLDER`.
"""

import shutil
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from covid19_images.manifest import whole
from covid19_images.manifest.inside import below
from covid19_images.release.index import is_version, version_key
from flows.publish.checksums import sha256
from flows.publish.publisher import Asset

LATEST = "latest.txt"
_DRAFT = ".draft-"


class FolderPublisher:
    """Publish into a folder."""

    def __init__(self, folder: Path) -> None:
        """Keep the folder; nothing is written yet."""
        self._folder = folder

    def announce(self, version: str) -> None:
        """Write the newest release's version to a file."""
        latest, text = self._folder / LATEST, f"{version}\n"
        if not latest.exists() or latest.read_text(encoding="utf-8") != text:
            whole.write(latest, text.encode())

    def published(self) -> Sequence[str]:
        """List the versions that are there."""
        if not self._folder.is_dir():
            return ()
        names = [path.name for path in self._folder.iterdir() if path.is_dir()]
        return sorted(filter(is_version, names), key=version_key)

    def read(self, version: str, name: str) -> bytes:
        """Read a small file of a published release."""
        return below(self._folder, f"{version}/{name}").read_bytes()

    def fetch(self, version: str, name: str, to: Path) -> None:
        """Copy a file of a published release."""
        shutil.copyfile(below(self._folder, f"{version}/{name}"), to)

    def draft(self) -> str | None:
        """Return the version of the draft that is there."""
        if not self._folder.is_dir():
            return None
        names = [path.name.removeprefix(_DRAFT) for path in self._folder.glob(f"{_DRAFT}*")]
        return max(filter(is_version, names), key=version_key, default=None)

    def begin(self, version: str, notes: str, commit: str) -> None:
        """Make the draft's folder; the commit stands in the index."""
        del commit
        self._draft(version).mkdir(parents=True, exist_ok=True)
        whole.write(self._draft(version) / "NOTES.md", notes.encode())

    def assets(self, version: str) -> Mapping[str, Asset]:
        """List what lies in the draft; a file that was being written has another name."""
        files = (path for path in self._draft(version).iterdir() if path.name != "NOTES.md")
        return {
            path.name: Asset(path.name, path.stat().st_size, partial(_whole_sha256, path))
            for path in files
        }

    def upload(self, version: str, file: Path) -> None:
        """Copy a file into the draft."""
        with whole.replacing(below(self._draft(version), file.name)) as part:
            shutil.copyfile(file, part)

    def delete(self, version: str, name: str) -> None:
        """Delete a file from the draft."""
        below(self._draft(version), name).unlink()

    def download(self, version: str, name: str, to: Path) -> None:
        """Read a file back."""
        shutil.copyfile(below(self._draft(version), name), to)

    def publish(self, version: str) -> str:
        """Rename the draft's folder to its version, in one step."""
        final = below(self._folder, version)
        if not final.exists():
            self._draft(version).rename(final)
        return str(final)

    def _draft(self, version: str) -> Path:
        return below(self._folder, f"{_DRAFT}{version}")


def _whole_sha256(file: Path) -> str | None:
    return None if file.name.startswith(".") else sha256(file)
