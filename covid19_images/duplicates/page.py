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

_EQUAL = {"bytes": "the same file", "pixels": "the same pixels"}
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
    sentence = f"{len(found.items):,} pictures, {len(found.copies):,} of them copies of another."
    return draw(f"Copies in {name}", [sentence], list(_rows(found)), found.refused)


def draw(
    title: str, sentences: Sequence[str], rows: Sequence[Row], refused: Sequence[RefusedFile]
) -> str:
    """Write a page of pairs, below what was found in sentences."""
    return _TEMPLATES.get_template("page.html.j2").render(
        title=title,
        sentences=sentences,
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
    if kind(pair) in _EQUAL:
        return _EQUAL[kind(pair)]
    evidence, facts = pair.verdict.evidence, []
    if evidence.hamming_bits is not None:
        bits = evidence.hamming_bits
        facts.append(f"hash {bits} of 256 bits apart" if bits else "the same hash")
    if evidence.agreement is not None:
        facts += [f"{evidence.inliers} points match"] if evidence.inliers else []
        facts.append(f"texture agrees to {evidence.agreement.median:.2f}")
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
