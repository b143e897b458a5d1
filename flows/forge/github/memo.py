"""What was heard in one process, so that another one does exactly that and no more.

The process that computes a night may read only; the one that proposes writes. In between people
may say more: that waits for the next night.
"""

import hashlib
from collections.abc import Iterable
from typing import Annotated

from github.IssueComment import IssueComment
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from flows.forge.errors import ForgeError

_Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Memo(BaseModel):
    """What was heard.

    Attributes:
        login: Who listened.
        body: Digest of the body of the pull request, if there was one.
        comments: Digest of each comment with commands, by its id.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    login: Annotated[str, Field(max_length=100)]
    body: _Digest | None = None
    comments: dict[int, _Digest] = {}

    def heard(self, comment: IssueComment) -> bool:
        """Return whether a comment was read as it is now."""
        return self.comments.get(comment.id) == digest(comment.body)


def recalled(feedback_token: str) -> Memo:
    """Read what was heard in another process.

    Raises:
        ForgeError: It is not what that process writes.
    """
    try:
        return Memo.model_validate_json(feedback_token)
    except ValidationError:
        raise ForgeError(
            "What the night heard on GitHub cannot be read. Nothing was written; compute it anew."
        ) from None


def memo(login: str, body: str | None, comments: Iterable[IssueComment]) -> Memo:
    """Return the token of the feedback that was read."""
    digests = {comment.id: digest(comment.body) for comment in comments}
    return Memo(login=login, body=None if body is None else digest(body), comments=digests)


def digest(text: str | None) -> str:
    """Digest a text; GitHub may store CRLF."""
    return hashlib.sha256((text or "").replace("\r\n", "\n").encode()).hexdigest()
