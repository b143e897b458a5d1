"""Hand a night from the process that computes it to the one that may write.

The first reads what strangers published and holds no token that writes; the second holds one and
reads nothing but this folder. So the folder is hostile until it is checked: `unpack` takes only
what has the right form and size, `check` only what the collection's own files may say.
"""

from flows.text.escape import log_line


class HandoverError(Exception):
    """Raised for a handover that is wrong; nothing was written because of it."""


def refused(what: str) -> HandoverError:
    """Return the error that refuses a handover.

    Args:
        what: What is wrong with it.
    """
    return HandoverError(f"The handover was refused: {log_line(what)[:500]}. Nothing was written.")
