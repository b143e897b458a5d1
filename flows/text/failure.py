"""Format unexpected errors for developers: where they arose, and words that act nowhere."""

import traceback

from flows.text.escape import log_line
from flows.text.names import shown_text


def report(error: BaseException) -> str:
    """Format how an error arose; of upstream's words in it nothing acts and nobody is named."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    words = log_line(shown_text(str(error)))
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    before = f"{report(cause)}\nThat led to:\n" if cause is not None else ""
    return f"{before}{frames}{type(error).__name__}: {words}"
