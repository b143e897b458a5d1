"""Keep C libraries from writing to the terminal."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_STDERR = 2
_LOCK = threading.RLock()


@contextmanager
def quiet() -> Iterator[None]:
    """Send to nowhere what libtiff and libpng write past Python, straight to the terminal.

    The descriptor belongs to the whole process, so this is for the rare files that need it.
    """
    with _LOCK:
        kept, nowhere = os.dup(_STDERR), os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, _STDERR)
            yield
        finally:
            os.dup2(kept, _STDERR)
            os.close(kept)
            os.close(nowhere)
