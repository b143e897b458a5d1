"""Who signs releases: Ed25519 keys from the environment or a Prefect Secret block; never shown."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from covid19_images.release import envelope as envelopes
from covid19_images.release.envelope import Envelope
from flows.publish import ReleaseError

VARIABLE = "COVID19_IMAGES_SIGNING_KEY"
BLOCK = "signing-key"
_PEM = re.compile(r"-----BEGIN [A-Z ]+-----.*?-----END [A-Z ]+-----", re.DOTALL)
_MAKE_ONE = "`openssl genpkey -algorithm ed25519` makes one."

StoredSecret = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Signer:
    """The keys that sign a release; without any, a release says what it is and nobody signs it.

    Attributes:
        keys: What signs, by the name of its key.
    """

    keys: Mapping[str, Callable[[bytes], bytes]] = field(default_factory=dict, repr=False)

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the keys, sorted."""
        return tuple(sorted(self.keys))

    def seal(self, content: bytes) -> Envelope:
        """Sign a text with every key."""
        return envelopes.seal(content, self.keys)


def find_signer(
    environment: Mapping[str, str] | None = None, *, stored: StoredSecret = lambda _name: None
) -> Signer:
    """Find the keys that sign releases; several stand one below the other.

    Args:
        environment: Variables; those of this process by default.
        stored: Reads a secret that Prefect stores, by name; `None` where there is none.

    Raises:
        ReleaseError: What is there is no Ed25519 key.
    """
    variables = os.environ if environment is None else environment
    text = variables.get(VARIABLE, "").strip() or stored(BLOCK) or ""
    blocks = _PEM.findall(text)
    if text and not blocks:
        raise ReleaseError(f"{VARIABLE} holds no key in PEM. Nothing was published. {_MAKE_ONE}")
    return Signer(dict(map(_key, blocks)))


def _key(block: str) -> tuple[str, Callable[[bytes], bytes]]:
    try:
        key = load_pem_private_key(block.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise ReleaseError(
            f"{VARIABLE} holds something that is no Ed25519 key without a password. Nothing was "
            f"published. {_MAKE_ONE}"
        )
    return envelopes.key_name(key.public_key().public_bytes_raw()), key.sign
