"""What a test needs of the machine: without it the test is skipped, and in CI it fails."""

import os
from typing import NoReturn

import pytest


def missing(what: str) -> NoReturn:
    """Skip the test with the reason; where CI is set, fail it, because CI must run everything.

    Args:
        what: What is missing, and what to do.
    """
    if os.environ.get("CI"):
        pytest.fail(f"{what}; CI must have it: run `make machine`", pytrace=False)
    pytest.skip(what)
