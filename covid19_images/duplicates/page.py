"""Draw found copies as one self-contained page: pictures side by side."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass

import jinja2

from covid19_images.duplicates.engine import Pair
from covid19_images.duplicates.folder import Found
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
class _Shown:
    path: str
    size: str
    picture: str
    kept: bool


@dataclass(frozen=True, slots=True)
class _Row:
    kind: str
    why: str
    sides: tuple[_Shown, _Shown]


def render(found: Found, name: str) -> str:
    """Write the page; it asks nothing of the network.

    Args:
        found: The copies.
        name: What the folder is called.
    """
    return _TEMPLATES.get_template("page.html.j2").render(
        name=name,
        images=len(found.items),
        copies=len(found.copies),
        rows=list(_rows(found))[:_LISTED],
        more=max(0, len(found.pairs) - _LISTED),
        refused=found.refused,
    )


def _rows(found: Found) -> Iterator[_Row]:
    for pair in found.pairs:
        sides = _shown(found, pair.a), _shown(found, pair.b)
        yield _Row(kind(pair), why(pair), sides)


def kind(pair: Pair) -> str:
    """Name the kind of copy, or `undecided`."""
    return "undecided" if isinstance(pair.verdict, Undecided) else pair.verdict.kind


def why(pair: Pair) -> str:
    """Say in a few words what the verdict rests on."""
    evidence = pair.verdict.evidence
    told = [] if evidence.hamming_bits is None else [f"{evidence.hamming_bits} of 256 bits apart"]
    if evidence.agreement is not None:
        told.append(
            f"{evidence.inliers} points and {evidence.agreement.median:.2f} of texture agree"
        )
    if isinstance(pair.verdict, Undecided):
        told.append(pair.verdict.reason)
    return "; ".join(told)


def _shown(found: Found, key: str) -> _Shown:
    item = found.items[key]
    data = base64.b64encode(item.features.frame).decode("ascii")
    size = f"{item.width} × {item.height}"
    return _Shown(key, size, f"data:image/jpeg;base64,{data}", key not in found.copies)
