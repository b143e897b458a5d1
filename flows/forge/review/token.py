"""Which feedback one process read, so that another one reads exactly that and no more.

The process that computes a night may read only; the one that proposes writes. In between people
may say more: that waits for the next night.
"""

import hashlib
from collections.abc import Iterable
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from flows.forge.errors import ForgeError
from flows.forge.review.seen import Comment

_Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class FeedbackToken(BaseModel):
    """Which feedback was read.

    Attributes:
        login: Who read it.
        body: Digest of the body of the pull request, if there was one.
        comments: Digest of each comment with commands, by its id.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    login: Annotated[str, Field(max_length=100)]
    body: _Digest | None = None
    comments: dict[int, _Digest] = {}

    def has(self, comment: Comment) -> bool:
        """Return whether a comment was read as it is now."""
        return self.comments.get(comment.id) == digest(comment.body)


def parse_token(text: str) -> FeedbackToken:
    """Read the token of another process.

    Raises:
        ForgeError: It is not what that process writes.
    """
    try:
        return FeedbackToken.model_validate_json(text)
    except ValidationError:
        raise ForgeError(
            "Which feedback the night read cannot be known. Nothing was written; compute it anew."
        ) from None


def token_of(login: str, body: str | None, comments: Iterable[Comment]) -> FeedbackToken:
    """Return the token of the feedback that was read."""
    digests = {comment.id: digest(comment.body) for comment in comments}
    return FeedbackToken(login=login, body=None if body is None else digest(body), comments=digests)


def digest(text: str) -> str:
    """Digest a text; a forge may store CRLF."""
    return hashlib.sha256(text.replace("\r\n", "\n").encode()).hexdigest()
