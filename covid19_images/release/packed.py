"""Large tables of a release, also packed by gzip: a stream fetches a fifth of the bytes.

What is unpacked is checked by the digest of the table itself; the packed file vouches for nothing.
"""

import gzip
import zlib

ENDING = ".gz"


class PackedError(ValueError):
    """Raised for bytes that gzip did not write, or that unpack to more than they may."""


def pack(content: bytes) -> bytes:
    """Return the content packed, the same bytes for the same content."""
    return gzip.compress(content, compresslevel=9, mtime=0)


def unpack(content: bytes, *, most: int) -> bytes:
    """Return what was packed.

    Args:
        content: The packed bytes.
        most: How many bytes there may be.

    Raises:
        PackedError: They are no such bytes, end early, or unpack to more.

    >>> unpack(pack(b"a table"), most=100)
    b'a table'
    """
    opened = zlib.decompressobj(wbits=31)
    try:
        found = opened.decompress(content, most + 1)
    except zlib.error as error:
        raise PackedError(f"it is not packed by gzip: {error}") from None
    if len(found) > most:
        raise PackedError(f"it unpacks to more than {most:,} bytes")
    if not opened.eof:
        raise PackedError("it ends early")
    return found
