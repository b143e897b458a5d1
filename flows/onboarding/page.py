"""Draw a page with a few pictures of a source beside what its rows say of them."""

import base64
from collections.abc import Mapping, Sequence

from covid19_images.manifest.record import Record
from flows.onboarding.unstated import row_words
from flows.proposal.pictures import Thumbnail
from flows.text import names
from flows.text.templates import templates

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:;
 style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>{{ source }}: do the labels fit?</title>
<style>
 body { font: 16px/1.4 system-ui, sans-serif; margin: 1rem; color: #222; background: #fff }
 ul { display: grid; gap: 1rem; padding: 0 }
 ul { grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)) }
 li { list-style: none; border: 1px solid #999; padding: .5rem; overflow-wrap: anywhere }
 img { display: block; max-width: 100%; background: #000 }
 dl { display: grid; grid-template-columns: auto 1fr; gap: 0 .5rem; margin: .5rem 0 0 }
 dd { margin: 0 }
</style>
<h1>{{ source }}: do the labels fit?</h1>
{% if lines %}<ul>{% for line in lines %}<li>{{ line }}</li>{% endfor %}</ul>{% endif %}
<ul>
{% for name, picture, words in cards %}<li>
{% if picture %}<img src="data:image/webp;base64,{{ picture }}" alt="{{ name }}">
{% else %}<p>This file shows no picture.</p>{% endif %}
<strong>{{ name }}</strong>
<dl>{% for what, value in words %}<dt>{{ what }}</dt><dd>{{ value }}</dd>{% endfor %}</dl>
</li>
{% endfor %}</ul>
</html>
"""
_TEMPLATES = templates()


def render(
    source: str,
    lines: Sequence[str],
    records: Sequence[Record],
    thumbnails: Mapping[str, Thumbnail],
    harmless: Sequence[str],
) -> str:
    """Write the page; it asks nothing of the network.

    Args:
        source: The source's name.
        lines: What does not fit, or is not stated.
        records: The rows of the pictures.
        thumbnails: The pictures, by blob id.
        harmless: Regular expressions of paths that identify nobody.
    """
    cards = []
    for record in records:
        found = thumbnails.get(record.blob)
        picture = base64.b64encode(found.webp).decode() if found else ""
        name = names.shown_path(record.path, record.blob, harmless)
        cards.append((name, picture, list(row_words(record))))
    return _TEMPLATES.from_string(_PAGE).render(source=source, lines=lines, cards=cards)
