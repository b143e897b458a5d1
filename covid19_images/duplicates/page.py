"""Draw found copies as one self-contained page: pictures side by side."""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import jinja2

from covid19_images.duplicates.engine import Pair
from covid19_images.duplicates.folder import RefusedFile
from covid19_images.duplicates.found import Found
from covid19_images.duplicates.picture import Item
from covid19_images.duplicates.verdict import Undecided

_LISTED = 2000  # pairs; a page of more is no longer looked at

_TEMPLATES = jinja2.Environment(
    loader=jinja2.PackageLoader("covid19_images.duplicates", "."),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True)
class Shown:
    """One picture on the page: where it is, what stands beside it, and whether it is kept."""

    path: str
    size: str
    picture: str
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """Two pictures side by side."""

    kind: str
    why: str
    sides: tuple[Shown, Shown]


def render(found: Found, name: str) -> str:
    """Write the page; it asks nothing of the network.

    Args:
        found: The copies.
        name: What the folder is called.
    """
    return draw(name, len(found.items), len(found.copies), list(_rows(found)), found.refused)


def draw(
    name: str, images: int, copies: int, rows: Sequence[Row], refused: Sequence[RefusedFile]
) -> str:
    """Write a page of pairs."""
    return _TEMPLATES.get_template("page.html.j2").render(
        name=name,
        images=images,
        copies=copies,
        rows=rows[:_LISTED],
        more=max(0, len(rows) - _LISTED),
        refused=refused,
    )


def _rows(found: Found) -> Iterator[Row]:
    for pair in found.pairs:
        sides = _shown(found, pair.a), _shown(found, pair.b)
        yield Row(kind(pair), why(pair), sides)


def kind(pair: Pair) -> str:
    """Return the kind of copy, or `undecided`."""
    return "undecided" if isinstance(pair.verdict, Undecided) else pair.verdict.kind


def why(pair: Pair) -> str:
    """Return in a few words what the verdict rests on."""
    evidence = pair.verdict.evidence
    facts = [] if evidence.hamming_bits is None else [f"{evidence.hamming_bits} of 256 bits apart"]
    if evidence.agreement is not None:
        facts.append(
            f"{evidence.inliers} points and {evidence.agreement.median:.2f} of texture agree"
        )
    if isinstance(pair.verdict, Undecided):
        facts.append(pair.verdict.reason)
    return "; ".join(facts)


def _shown(found: Found, key: str) -> Shown:
    return shown(found.items[key], kept=key not in found.copies)


def shown(item: Item, *, beside: str = "", kept: bool = False) -> Shown:
    """Show a picture as the engine sees it."""
    data = base64.b64encode(item.features.frame).decode("ascii")
    size = f"{item.width} × {item.height}"
    text = f"{beside}, {size}" if beside else size
    return Shown(item.key, text, f"data:image/jpeg;base64,{data}", kept)
