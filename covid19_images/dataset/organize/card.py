"""Write the card of an organised folder: what is in it, whose it is, and under which licences."""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import jinja2

from covid19_images.dataset.organize import rows
from covid19_images.dataset.selection import Selection
from covid19_images.manifest import whole
from covid19_images.manifest.inside import below

FILE = "README.md"
_TEMPLATES = jinja2.Environment(  # noqa: S701  Markdown, of our own words and of escaped ones
    loader=jinja2.PackageLoader("covid19_images.dataset.organize", "."),
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A source as its line of the card, with the licences of its images that are here."""

    name: str
    title: str
    owner: str
    url: str
    commit: str
    images: int
    licences: str


def write(chosen: Selection, folder: Path, layout: str) -> None:
    """Write README.md; for Hugging Face it also says which file is of which split."""
    text = _TEMPLATES.get_template("card.md.j2").render(
        chosen=chosen,
        splits=[split for split in chosen.splits if rows.indices_of_split(chosen, split)],
        sources=_sources(chosen),
        dois=sorted({_plain(record.doi) for record in chosen.records if record.doi}),
        has_configs=layout == "huggingface",
    )
    whole.write(below(folder, FILE), text.encode())


def _sources(chosen: Selection) -> list[SourceLine]:
    entries = {entry.name: entry for entry in chosen.copy.index.sources}
    lines = []
    for name in sorted({record.source for record in chosen.records}):
        here = [record for record in chosen.records if record.source == name]
        licences = Counter(_plain(record.licence or "none stated") for record in here)
        entry = entries.get(name)
        lines.append(
            SourceLine(
                name=_plain(name),
                title=_plain(entry.title if entry else name),
                owner=_plain(entry.owner if entry else "not known"),
                url=_plain(entry.url if entry else "not known"),
                commit=_plain(entry.commit if entry else "not known"),
                images=len(here),
                licences=", ".join(f"{word} {count:,}" for word, count in sorted(licences.items())),
            )
        )
    return lines


def _plain(text: str) -> str:
    r"""Return a text that Markdown shows as it is, in one line.

    >>> _plain("a [b](c)\n| <i>")
    'a \\[b\\](c) \\| \\<i\\>'
    """
    return re.sub(r"([\\`*\[\]<>|#])", r"\\\1", " ".join(text.split()))
