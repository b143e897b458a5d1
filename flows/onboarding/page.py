"""Draw a page with a few pictures of a source beside what its rows say of them."""

import base64
from collections.abc import Mapping, Sequence

from covid19_images.manifest.record import Record
from flows.onboarding.unstated import row_words
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
 .rows { display: grid; gap: 1rem; padding: 0 }
 .rows { grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)) }
 li { overflow-wrap: anywhere }
 .rows li { list-style: none; border: 1px solid #999; padding: .5rem }
 img { display: block; max-width: 100%; background: #000 }
 dl { display: grid; grid-template-columns: auto 1fr; gap: 0 .5rem; margin: .5rem 0 0 }
 dd { margin: 0 }
</style>
<h1>{{ source }}: do the labels fit?</h1>
{% for title, lines in parts if lines %}<h2>{{ title }}</h2>
<ul>{% for line in lines %}<li>{{ line }}</li>{% endfor %}</ul>
{% endfor %}<h2>Pictures and what their rows say</h2>
{% if withheld %}<p>{{ withheld }}</p>
{% endif %}<ul class="rows">
{% for name, picture, words in cards %}<li>
{% if picture %}<img src="data:image/webp;base64,{{ picture }}" alt="{{ name }}">
{% else %}<p>This file shows no picture.</p>{% endif %}
<strong>{{ name }}</strong>
<dl>{% for what, value in words %}<dt>{{ what }}</dt><dd>{{ value }}</dd>{% endfor %}</dl>
</li>
{% endfor %}</ul>
</html>
"""
WITHHELD = (
    "Names of files that may tell of a person are withheld; [[harmless_names]] says which do not."
)
_TEMPLATES = templates()


def render(
    source: str,
    wrong: Sequence[str],
    left: Sequence[str],
    records: Sequence[Record],
    thumbnails: Mapping[str, bytes],
    harmless: Sequence[str],
) -> str:
    """Write the page; it asks nothing of the network.

    Args:
        source: The source's name.
        wrong: What does not fit.
        left: What nobody states.
        records: The rows of the pictures.
        thumbnails: The pictures, WebP by blob id.
        harmless: Regular expressions of paths that identify nobody.
    """
    cards = []
    for record in records:
        found = thumbnails.get(record.blob)
        picture = base64.b64encode(found).decode() if found else ""
        name = names.shown_path(record.path, record.blob, harmless)
        cards.append((name, picture, list(row_words(record))))
    lines = [[names.shown_text(line, harmless) for line in some] for some in (wrong, left)]
    is_withheld = any(
        name != record.path for (name, *_), record in zip(cards, records, strict=True)
    )
    return _TEMPLATES.from_string(_PAGE).render(
        source=source,
        parts=list(zip(("What does not fit", "What is not stated"), lines, strict=True)),
        withheld=WITHHELD if is_withheld else "",
        cards=cards,
    )
