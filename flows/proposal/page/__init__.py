"""Draw a proposal as one self-contained page."""

import base64
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from covid19_images.manifest.record import DuplicateKind, Record
from covid19_images.manifest.statements.conflicts import Conflict
from flows.collection.duplicates import Pair
from flows.collection.questions import tallied
from flows.proposal.changes import SourceChange
from flows.proposal.markdown import SUMMARY_HEADER, WARNING
from flows.proposal.page import plots
from flows.proposal.page.cards import TITLES
from flows.proposal.page.embedding import Embedded, embed, places, sides
from flows.proposal.page.listing import Listing, listing
from flows.proposal.page.marks import mark
from flows.proposal.page.pairs import PairCard
from flows.proposal.page.volumes import MOST_LISTED, VolumeCard, picture_cards, volume_cards
from flows.proposal.pictures import Pictures
from flows.proposal.volumes import NewVolume, OutlinedPicture
from flows.text.planes import SCRIPT, STYLE, assets
from flows.text.plural import plural
from flows.text.templates import templates

MAX_BYTES = 4_900_000  # of a page: it opens at once, and travels where 5 MB are allowed
_MAX_WORDS_BYTES = 2_000_000  # of a page without its pictures
_LISTED = (
    3000,
    2000,
    1000,
    500,
    300,
    200,
    100,
    50,
    20,
    0,
)  # cards of one list: the first of these that fits

_HERE = Path(__file__).parent
_SCRIPTS = (
    "thumbnails.js",
    "filters.js",
    "reviewed.js",
    "pages.js",
    "viewer.js",
    "answers.js",
    "keys.js",
)


_TEMPLATES = templates(_HERE)


def render(
    title: str,
    changes: Sequence[SourceChange],
    records: Sequence[Record],
    pairs: Sequence[Pair],
    review_reasons: Sequence[str],
    *,
    pictures: Pictures = Pictures(),  # noqa: B008  it is frozen
    conflicts: Sequence[Conflict] = (),
    held: Sequence[Record] = (),
    volumes: Sequence[NewVolume] = (),
    outlined: Sequence[OutlinedPicture] = (),
) -> str:
    """Write the page; it asks nothing of the network.

    Args:
        title: The night in one sentence.
        changes: What happened to each source.
        records: The collection after the night.
        pairs: All copies.
        review_reasons: Why a person should look before this is merged.
        pictures: What the page shows. Where it would grow over `MAX_BYTES` they are made smaller,
            and then left out, pairs to decide last; it says so.
        conflicts: What is new that cannot both hold, with keys as they may be shown.
        held: What is held from now on, as it may be shown.
        volumes: The volumes that are new, or whose masks are.
        outlined: Pictures that are no volumes, and whose masks are new.
    """
    harmless = {c.source.name: c.source.harmless for c in changes}
    modalities = tallied(records, "modality")
    values = {
        "title": title,
        "lead": f"{plural(modalities.total(), 'images')} in the collection after this, "
        f"{plural(len(pairs), 'pairs')} of copies known.",
        "review_reasons": review_reasons,
        "header": SUMMARY_HEADER,
        "rows": [(c, c.says, list(c.counts().values())) for c in changes],
        "heatmap": plots.heatmap(records),
        "growth": plots.growth(records),
        "modalities": sorted(modalities.items(), key=lambda one: (-one[1], one[0])),
        "warning": WARNING,
        "volumes": volume_cards(volumes, pictures.volumes, harmless),
        "more_volumes": len(volumes[MOST_LISTED:]),
        "outlined": picture_cards(outlined, pictures.volumes, harmless),
        "more_outlined": len(outlined[MOST_LISTED:]),
    }
    shown, empty, text = _fitting(values, changes, records, pictures, conflicts, held)
    budget_bytes = MAX_BYTES - len(text.encode())
    embedded = embed(shown.blocks, shown.pairs, pictures, budget_bytes=budget_bytes)
    if embedded.numbers == empty.numbers:  # nothing is left out, so the page stands as it is
        return text.replace(_picture_data(empty), _picture_data(embedded), 1)
    return _draw(values, shown, embedded, pictures)


def _fitting(
    values: dict[str, Any],
    changes: Sequence[SourceChange],
    records: Sequence[Record],
    pictures: Pictures,
    conflicts: Sequence[Conflict],
    held: Sequence[Record],
) -> tuple[Listing, Embedded, str]:
    """List as much as fits; return it, places for its pictures, and the page with these places."""
    for most in _LISTED:
        shown = listing(changes, records, conflicts, held, most=most)
        empty = places(shown.blocks, shown.pairs, pictures)
        text = _draw(values, shown, empty, pictures)
        if (
            len(text.encode()) - _in_planes(values["volumes"] + values["outlined"])
            <= _MAX_WORDS_BYTES
        ):
            break
    return shown, empty, text


def _in_planes(cards: Sequence[VolumeCard]) -> int:
    return sum(len(plane.address) for card in cards for plane in card.planes)


def _draw(values: dict[str, Any], shown: Listing, embedded: Embedded, pictures: Pictures) -> str:
    planes = {name: Markup(text.decode()) for name, text in assets().items()}  # noqa: S704  ours
    style = _read("page.css") + planes[STYLE]
    script = Markup("\n").join([*map(_read, _SCRIPTS), planes[SCRIPT]])
    return _TEMPLATES.get_template("page.html.j2").render(
        values,
        shown=shown,
        embedded=embedded,
        numbers=embedded.numbers,
        findings=shown.findings,
        titles=TITLES,
        mark=mark,
        counted=("new", "changed", "renamed", "removed", "relabelled", "duplicate"),
        kinds=get_args(DuplicateKind),
        pair_data=[_pair_data(pair, embedded, pictures) for pair in shown.pairs],
        picture_data=Markup(_picture_data(embedded)),  # noqa: S704  ours
        style=style,
        script=script,
        policy=_policy(style, script),
    )


def _picture_data(embedded: Embedded) -> str:
    return f'id="picture-data">{htmlsafe_json_dumps(embedded.base64)}<'


def _pair_data(pair: PairCard, embedded: Embedded, pictures: Pictures) -> dict[str, Any]:
    """Return what the page's script needs to know of a pair."""
    keys = (pair.found.copy, pair.found.original)
    drawn = pictures.pairs.get(keys)
    return {
        "keys": pair.found.answered_as or keys,
        "kind": pair.found.pair.kind,
        "names": pair.names,
        "pictures": [embedded.numbers.get(name) for name in sides(pair, pictures)],
        "ratio": round(drawn.original.width / drawn.original.height, 3) if drawn else None,
        "registered": drawn is not None and drawn.registered,
    }


def _read(name: str) -> Markup:
    # Our own files, not upstream's words.
    return Markup((_HERE / name).read_text(encoding="utf-8"))  # noqa: S704


def _policy(style: str, script: str) -> str:
    """Allow this page's own style and script, pictures inside it, and nothing else."""
    digests = [hashlib.sha256(text.encode()).digest() for text in (style, script)]
    styles, scripts = (f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    return (
        f"default-src 'none'; style-src {styles}; script-src {scripts}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
