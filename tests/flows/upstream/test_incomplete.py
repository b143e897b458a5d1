"""An upstream that lacks objects of its own is told apart from one that does not answer."""

import pytest

from flows.upstream.incomplete import lacks_objects

ID = "0123456789abcdef" * 2 + "01234567"
THEIRS = [
    f"remote: error: Could not read {ID}\nremote: fatal: Failed to traverse parents",
    f"remote: fatal: bad tree object {ID}",
    "error: git upload-pack: git-pack-objects died with error.",
    "fatal: remote error: aborting due to possible repository corruption on the remote side.",
]
IN_A_NEW_CLONE = [
    "error: /srv/x.git did not send all necessary objects",
    f"fatal: bad object {ID}",
    f"error: Could not read {ID}",
    f"fatal: could not fetch {ID} from promisor remote",
]
OTHERS = [
    "fatal: Could not read from remote repository.",
    "fatal: unable to access 'https://x/': Could not resolve host: x",
    "fatal: the remote end hung up unexpectedly",
    "remote: Repository not found.",
]


@pytest.mark.parametrize("stderr", THEIRS)
def test_what_the_server_says_of_itself_is_the_upstreams(stderr: str) -> None:
    assert lacks_objects(stderr, is_new=False)


@pytest.mark.parametrize("stderr", IN_A_NEW_CLONE)
def test_what_git_misses_here_may_be_our_own_damage(stderr: str) -> None:
    assert lacks_objects(stderr, is_new=True)
    assert not lacks_objects(stderr, is_new=False)


@pytest.mark.parametrize("stderr", OTHERS)
def test_an_upstream_that_does_not_answer_lacks_nothing(stderr: str) -> None:
    assert not lacks_objects(stderr, is_new=True)
