"""`datasets/CHANGES.md`: what the nights changed, newest first."""

_TITLE = """# Changes of the collection

What the nights brought, newest first. Lists that are cut short here are whole in the CHANGES.json
of the same commit. The software's own changes are in CHANGELOG.md.
"""


def added(before: str, section: str) -> str:
    """Return the file with a section put first.

    Args:
        before: The file as it is.
        section: What a night changed.
    """
    earlier = before.removeprefix(_TITLE).lstrip("\n")
    return "\n".join(part for part in (_TITLE, section, earlier) if part).rstrip("\n") + "\n"
