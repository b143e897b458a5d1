"""Draw the site's pages: words escaped, hidden characters shown, nothing inline that could act."""

from pathlib import Path
from urllib.parse import urlencode

from flows.text.templates import templates

HERE = Path(__file__).parent / "templates"
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; base-uri 'none'; "
    "form-action 'none'"
)


def _size(size: int) -> str:
    """Write a size as people do.

    >>> _size(900), _size(18_900_000), _size(2_100_000_000)
    ('900 B', '18.9 MB', '2.1 GB')
    """
    for unit, bytes_ in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= bytes_:
            return f"{size / bytes_:,.1f} {unit}"
    return f"{size} B"


_TEMPLATES = templates(HERE)
_TEMPLATES.filters["thousands"] = lambda number: f"{number:,}"
_TEMPLATES.filters["size"] = _size
_TEMPLATES.globals["policy"] = POLICY


def page(template: str, *, depth: int, here: str = "", **values: object) -> bytes:
    """Draw a page.

    Args:
        template: Which.
        depth: How many folders below the site's root it lies.
        here: The entry of the navigation that it belongs to.
        values: What the template shows.
    """
    text = _TEMPLATES.get_template(template).render(root="../" * depth, here=here, **values)
    return text.encode("utf-8", "replace")


def issue(repository: str | None, form: str, **fields: str) -> str | None:
    """Return the address of a new issue with fields filled in; `None` where issues go nowhere."""
    if repository is None:
        return None
    return f"{repository}/issues/new?{urlencode({'template': form, **fields})}"
