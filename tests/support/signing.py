"""Keys and signed releases for tests."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from flows.publish.sign import VARIABLE, Signer, find_signer


def pem(seed: int) -> str:
    """Write a private key, the same for the same number."""
    key = Ed25519PrivateKey.from_private_bytes(seed.to_bytes(32, "big"))
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def signer(*seeds: int) -> Signer:
    """Return who signs with the keys of some numbers."""
    return find_signer({VARIABLE: "".join(map(pem, seeds))})


def contents(folder: Path) -> dict[Path, bytes]:
    """Read all files of a folder."""
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
