"""What a release walks through: select, build, look for persons, describe, publish."""


class ReleaseError(Exception):
    """Say why there is no release, what was left as it was, and what to do."""
