"""A signed envelope (DSSE 1.0): a text, and who signed it.

A key is named by itself: `ed25519:` and the 32 bytes of the public key. So whoever knows a name
can check a signature, and nothing has to be looked up.
"""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

PAYLOAD_TYPE: Final = "application/vnd.in-toto+json"
_KEY = r"ed25519:[A-Za-z0-9_-]{43}"
_MAX_SIGNATURES = 8

KeyName = Annotated[str, StringConstraints(pattern=f"^{_KEY}$")]


class EnvelopeError(ValueError):
    """Raised for what is wrong with an envelope or a signature in it."""


class Signature(BaseModel):
    """A signature, and the key that made it."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    keyid: KeyName
    sig: str


class Envelope(BaseModel):
    """A text with its signatures, as DSSE writes them.

    Attributes:
        payload: The text, in base64.
        payloadType: What it is.
        signatures: Who signed it; nobody, where there was no key.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    payload: str
    payloadType: Literal["application/vnd.in-toto+json"] = PAYLOAD_TYPE  # noqa: N815  DSSE's name
    signatures: tuple[Signature, ...] = ()

    def dumps(self) -> str:
        """Write it as JSON, the same bytes for the same content."""
        return self.model_dump_json(indent=1) + "\n"

    @property
    def content(self) -> bytes:
        """Return the text that was signed."""
        return _decoded(self.payload)


def key_name(public: bytes) -> str:
    """Return the name of a key.

    >>> key_name(bytes(32))
    'ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
    """
    return "ed25519:" + base64.urlsafe_b64encode(public).decode().rstrip("=")


def is_key(text: str) -> bool:
    """Return whether a text is the name of a key, written as we write it."""
    return re.fullmatch(_KEY, text) is not None and key_name(_public(text)) == text


def pre_authentication(content: bytes) -> bytes:
    r"""Return what is signed: type and text, each with its length, so that neither runs over.

    >>> pre_authentication(b"hello")
    b'DSSEv1 28 application/vnd.in-toto+json 5 hello'
    """
    kind = PAYLOAD_TYPE.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(content), content)


def seal(content: bytes, keys: Mapping[str, Callable[[bytes], bytes]]) -> Envelope:
    """Sign a text.

    Args:
        content: The text.
        keys: What signs, by the name of its key; nothing, for an envelope that nobody signs.
    """
    signed = pre_authentication(content)
    signatures = [
        Signature(keyid=name, sig=base64.b64encode(sign(signed)).decode())
        for name, sign in sorted(keys.items())
    ]
    return Envelope(payload=base64.b64encode(content).decode(), signatures=tuple(signatures))


def loads(text: bytes) -> Envelope:
    """Read an envelope; its signatures are not looked at.

    Raises:
        EnvelopeError: It is none.
    """
    try:
        envelope = Envelope.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise EnvelopeError(f"it is no signed envelope: {where}: {first['msg']}") from None
    if len(envelope.signatures) > _MAX_SIGNATURES:
        raise EnvelopeError(f"it has more than {_MAX_SIGNATURES} signatures")
    return envelope


def signers(envelope: Envelope) -> frozenset[str]:
    """Return the names of the keys that signed an envelope.

    Raises:
        EnvelopeError: One of its signatures is not what it says.
    """
    signed = pre_authentication(envelope.content)
    for one in envelope.signatures:
        if not is_key(one.keyid) or not _is_signed(signed, one):
            raise EnvelopeError(f"the signature of {one.keyid} does not fit it")
    return frozenset(one.keyid for one in envelope.signatures)


def _is_signed(signed: bytes, signature: Signature) -> bool:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415  only for what is signed
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415
        Ed25519PublicKey,
    )

    try:
        key = Ed25519PublicKey.from_public_bytes(_public(signature.keyid))
        key.verify(_decoded(signature.sig), signed)
    except (InvalidSignature, ValueError):
        return False
    return True


def _public(name: str) -> bytes:
    return base64.urlsafe_b64decode(name.removeprefix("ed25519:") + "=")


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise EnvelopeError("it holds something that is no base64") from None
