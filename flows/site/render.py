"""Draw the site's pages: words escaped, hidden characters shown, nothing inline that could act."""

from pathlib import Path
from urllib.parse import urlencode

from flows.text.templates import templates

HERE = Path(__file__).parent / "templates"
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; base-uri 'none'; "
    "form-action 'none'"
)


_TEMPLATES = templates(HERE)
_TEMPLATES.filters["thousands"] = lambda number: f"{number:,}"
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
