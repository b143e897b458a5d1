"""Errors of a forge."""


class ForgeError(Exception):
    """Raised when a forge refuses or does not answer; says what was left undone and what to do.

    Attributes:
        status: The HTTP status of the answer, if there was one.
    """

    def __init__(self, message: str, status: int | None = None) -> None:
        """Keep the message and the status."""
        super().__init__(message)
        self.status = status


class NoTokenError(Exception):
    """Raised when no token for the forge was found; says where one was looked for."""
