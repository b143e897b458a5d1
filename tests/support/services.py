"""Folders shaped like those of Kaggle and Colab, and a machine of theirs without a network."""

import tarfile
from pathlib import Path

OFFLINE = """
import socket
from pathlib import Path


def _refuse(*asked, **options):
    raise OSError("there is no network")


_connect = socket.socket.connect
socket.getaddrinfo = _refuse
socket.socket.connect = lambda self, to: _refuse() if isinstance(to, tuple) else _connect(self, to)
from covid19_images.download import places

places.MOUNTED = Path({mounted!r})
"""
"""What a program does first: it has no network, and Kaggle's folder is where the test laid it."""


def unpack(folder: Path) -> None:
    """Unpack every tar into a folder of its name, as Kaggle does with archives."""
    for file in sorted(folder.glob("*.tar")):
        with tarfile.open(file) as tar:
            tar.extractall(folder / file.stem, filter="data")
        file.unlink()


def mount(folder: Path) -> None:
    """Let nobody write to what is mounted."""
    for path in folder.rglob("*"):
        path.chmod(0o555 if path.is_dir() else 0o444)
    folder.chmod(0o555)


def unmount(folder: Path) -> None:
    """Let it be deleted."""
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
