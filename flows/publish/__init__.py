"""What a release walks through: select, build, look for persons, describe, publish."""


class ReleaseError(Exception):
    """Raised where there is no release: why, what was left as it was, and what to do."""
