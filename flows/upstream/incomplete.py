"""Recognise upstreams whose history is not all there: none can be followed."""

import re

SHALLOW = "it is a shallow copy of a repository, whose history is not complete; follow the original"
INCOMPLETE = (
    "it lacks objects of its own history, so it cannot be copied; follow a complete copy, or ask "
    "its owner to repair it"
)
DUMB = (
    "its server is a plain web server, which sends what it has without a check; follow it where "
    "a git server answers"
)
# What a server writes that cannot read its own objects …
_OBJECT = r"(?:Could not read|bad (?:\w+ )?object|unable to (?:read|parse|find)) [0-9a-f]{40,64}"
_SAYS_THE_SERVER = re.compile(
    r"upload-pack: git-pack-objects died|corruption on the remote side"
    rf"|^remote: (?:error|fatal): .*{_OBJECT}",
    re.MULTILINE,
)
# … and git here, when it has received all that there is.
_SAYS_GIT = re.compile(
    rf"did not send all necessary objects|{_OBJECT}|missing (?:blob|tree|commit)"
    "|from promisor remote"
)


def lacks_objects(stderr: str, *, is_new: bool) -> bool:
    """Return whether a fetch failed because the upstream lacks objects.

    Args:
        stderr: What git wrote.
        is_new: Whether the clone was empty: then nothing of ours can be the reason.
    """
    if _SAYS_THE_SERVER.search(stderr):
        return True
    return is_new and _SAYS_GIT.search(stderr) is not None
