"""The words that stand above a release's files."""

from collections import Counter
from collections.abc import Sequence

from covid19_images.release.index import Index
from flows.proposal.markdown import WARNING
from flows.publish import citation
from flows.publish.card.audit_words import first_lines
from flows.publish.changes import RowChange
from flows.publish.contact_sheet import NAME as NEW
from flows.text.plural import plural

MOST = 125_000  # characters GitHub takes

_GET = """## Get it

```
pip install covid19-images
covid19-images download --version {version} {place}DIR
covid19-images verify DIR
```

Without Python: download the files and run `sha256sum --check --ignore-missing SHA256SUMS`.{more}
"""
_ATTEST = """ Who built them can be
checked too: `gh attestation verify index.json --repo OWNER/REPO`."""
_ARCHIVES = """

GitHub's own "Source code" archives below hold no images: they leave out what is in submodules."""


def _picture(index: Index, url: str | None) -> list[str]:
    """Show what is new, where people can see it."""
    if url is None or not index.has(NEW):
        return []
    return [f"![New images, some of them]({url.rstrip('/')}/{index.version}/{NEW})", ""]


def notes(index: Index, found: Sequence[RowChange], url: str | None) -> str:
    """Write the notes of a release.

    Args:
        index: What it holds.
        found: What changed.
        url: Where releases can be had, up to the version; `None` for a folder.
    """
    more = ""
    if url and url.startswith("https://github.com/"):
        more = _ATTEST.replace("OWNER/REPO", "/".join(url.split("/")[3:5])) + _ARCHIVES
    lines = [
        *(line for one in first_lines(index.shortcuts) for line in (one, "")),
        f"> {WARNING}",
        "",
        _summary(index, Counter(c.act for c in found)),
        "",
        *(line for line in (citation.words(index), "") if citation.words(index)),
        *_picture(index, url),
        _GET.format(version=index.version, place="" if url else "--from FOLDER ", more=more),
        "## What is in it",
        "",
        "| source | images | to fetch | upstream |",
        "| --- | ---: | ---: | --- |",
    ]
    lines += [
        f"| {s.name} | {s.shipped:,} | {s.pointers:,} | `{s.commit[:12]}` |" for s in index.sources
    ]
    text = "\n".join([*lines, ""])
    return text if len(text) <= MOST else text[: MOST - 2] + "…\n"


def _summary(index: Index, counts: Counter[str]) -> str:
    shipped = sum(source.shipped for source in index.sources)
    pointers = sum(source.pointers for source in index.sources)
    others = f", and {pointers:,} more that their owners have" if pointers else ""
    why = " (their licence does not let us ship them)" if pointers else ""
    return (
        f"{plural(shipped, 'images')}{others}{why}. New: {counts['ADD']:,}, changed:"
        f" {counts['MOD']:,}, no longer in it: {counts['DEL']:,}; see `CHANGES.md`. The data card"
        " is `card.md`."
    )
