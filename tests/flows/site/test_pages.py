"""What stands on the pages of pictures, volumes, sources and proposals."""

import base64
import json
import re
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from covid19_images.duplicates.features import Features
from flows.collection.histories import Histories
from flows.site import past
from flows.site.build import build
from flows.site.collect import Site
from tests.flows.proposal.drawn_volume import drawn
from tests.flows.site.collection import MERGE, PAST, RECORDS, many, row, site, whole

ONE, THREE, FIVE = (f"pictures/00/c19-{n:016x}.html" for n in (1, 3, 5))
FRAME = b"a small JPEG"


def _text(made: Site) -> dict[str, str]:
    return {path: content.decode("utf-8", "replace") for path, content in build(made)}


def _words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def _with_features(made: Site) -> Site:
    some = Features(np.zeros((4, 2), np.uint16), np.zeros((4, 24), np.uint8), FRAME)

    def lookup(blobs: Iterable[str]) -> Mapping[str, Features]:
        return dict.fromkeys(blobs, some)

    return replace(made, features=lookup)


def test_a_picture_has_its_history_with_night_commit_and_proposal() -> None:
    page = _text(whole())[ONE]
    assert "2026-11-22: the row of clinic came into the collection" in _words(page)
    assert "finding from SARS to COVID-19; notes changed" in _words(page)
    assert 'href="https://github.com/owner/collection/pull/8"' in page
    assert f"https://github.com/owner/collection/commit/{MERGE.commit}" in page
    assert "Smith" not in page


def test_copies_stand_side_by_side_with_what_differs_marked() -> None:
    page = _text(whole())[THREE]
    assert '<strong class="differs">COVID-19</strong>' in page
    assert '<strong class="differs">XR</strong>' in page
    assert "resized" in page


def test_a_patients_pictures_are_in_the_order_of_days_this_one_among_them() -> None:
    words = _words(_text(whole())[ONE])
    assert words.index("day 1 c19-0000000000000002") < words.index("day 3 this picture")


def test_a_picture_says_how_each_framework_loads_it_and_one_without_a_split_does_not() -> None:
    made = _text(whole())
    assert (
        "c19.torch.dataset(&#34;xray&#34;, &#34;train&#34;, sources=&#34;clinic&#34;)" in made[ONE]
    )
    assert "no loader brings it" in made[FIVE]
    assert "c19." not in made[FIVE]


def test_small_pictures_are_shown_where_the_licence_lets_us_and_nowhere_else() -> None:
    records = tuple(
        replace(one, phash="0" * 64, licence="CC-BY-4.0" if one.source == "clinic" else None)
        for one in RECORDS
    )
    made = dict(build(_with_features(whole(records))))
    small = {path for path in made if path.endswith(".jpg")}
    assert small == {f"pictures/00/c19-{n:016x}.jpg" for n in (1, 2, 3)}
    assert {made[path] for path in small} == {FRAME}
    assert b"c19-0000000000000003.jpg" in made[FIVE]  # beside the copy
    assert b"c19-0000000000000005.jpg" not in made[FIVE]
    assert b"github.com/owner/journal/blob/HEAD/figures/5.png" in made[FIVE]
    with_frame = {
        path
        for path, content in made.items()
        if path.startswith("seen/features/") and FRAME in base64.b64decode(content.split(b'"')[3])
    }
    assert with_frame == {f"seen/features/00/{n:016x}.js" for n in (1, 2, 3)}


def test_a_volume_leads_to_its_pictures_and_they_to_it() -> None:
    made = _text(whole())
    page = made["volumes/c19v-0000000000000003.html"]
    assert "96 × 96 × 24" in page
    assert f'href="../{THREE}"' in page
    assert 'href="../../volumes/c19v-0000000000000003.html"' in made[THREE]
    assert "c19v-0000000000000003" in made["volumes/index.html"]


def test_a_volume_of_which_a_picture_was_taken_down_is_shown_nowhere() -> None:
    left = tuple(replace(r, status="withdrawn") if r.path == "images/3.png" else r for r in RECORDS)
    assert not [path for path in _text(whole(left)) if path.startswith("volumes/c19v")]


def test_a_source_says_when_it_was_looked_at_and_moved_and_what_is_wrong() -> None:
    made = _text(whole())
    clinic = _words(made["sources/clinic/index.html"])
    assert "Last looked 2026-11-27 Last moved 2026-11-22 Health nothing needs a person" in clinic
    assert "2026-11-22, to aaaaaaaaaa : 4 came into the collection the proposal" in clinic
    journal = made["sources/journal/index.html"]
    assert "Failure</strong> since 2026-11-25: &lt;b&gt;gone&lt;/b&gt;" in journal
    assert "Failure" in made["sources/index.html"]
    assert "Last looked not known here" in _words(_text(site())["sources/clinic/index.html"])


def test_the_open_proposal_has_an_address_that_stays() -> None:
    assert _text(whole())["review/open/index.html"].startswith("<!doctype html><title>The proposal")
    assert "No proposal is open" in _text(site())["review/open/index.html"]


def test_a_merged_proposal_lists_its_pictures_and_never_what_was_taken_down() -> None:
    page = _text(whole())["review/2026-11-23-dddddddddd.html"]
    assert "c19-0000000000000005" in page
    assert "0000000000000004" not in page
    assert "images/4.png" not in page
    assert "1 more rows are not listed" in page


def test_older_proposals_are_thinned() -> None:
    nights = tuple(replace(MERGE, commit=f"{n:040x}") for n in range(1_200))
    every = {key: [replace(c[0], merge=m) for m in nights] for key, c in PAST.rows.items()}
    long = Histories({key: tuple(changes) for key, changes in every.items()}, nights)
    found = past.merged(long, whole().pictures)
    assert len(found) == past.LISTED
    assert [one.page is not None for one in found].count(True) == past.WITH_PAGES
    assert found[0].merge == nights[-1]
    assert not any(one.rows for one in found[past.WITH_PAGES :])


def test_of_a_large_collection_one_page_shows_every_picture_from_parts() -> None:
    made = _text(replace(site(many(600)), most_pages=100))
    assert not [path for path in made if re.match("pictures/../", path)]
    shown: dict[str, str] = {}
    for path, content in made.items():
        if path.startswith("pictures/parts/"):
            packed = base64.b64decode(json.loads(f"[{content[12:-3]}]")[1])
            shown |= json.loads(zlib.decompress(packed, -zlib.MAX_WBITS))
    assert len(shown) == 600
    assert 'href="../sources/clinic/index.html"' in shown["c19-0000000000000000"]
    assert '"files":false' in made["catalogue/facets.js"]
    assert "pictures/index.html#c19-0000000000000002" in made["sources/clinic/index.html"]


def test_hostile_words_of_a_proposal_and_a_status_are_inert() -> None:
    nasty = "<img src=x onerror=alert(1)>"
    odd = row("clinic", "images/1.png", 1, finding=(nasty,))
    merges = (replace(MERGE, title=nasty),)
    changes = (
        replace(PAST.rows["clinic/images/1.png"][1], merge=merges[0], cells={"view": (nasty, "")}),
    )
    hostile = replace(whole((odd,)), past=Histories({"clinic/images/1.png": changes}, merges))
    for path, content in _text(hostile).items():
        if path.endswith(".html"):
            assert "<img" not in content, path


def test_planes_are_shown_where_the_licence_of_each_picture_lets_us() -> None:
    may_show = frozenset({"c19-0000000000000003"})
    shown = replace(whole(), draw=lambda _volume: drawn(), may_show=may_show)
    made = dict(build(shown))
    assert "volumes/c19v-0000000000000003-axial.webp" in made
    assert b'class="plane"' in made["volumes/c19v-0000000000000003.html"]
    without = dict(build(replace(shown, may_show=frozenset())))
    assert not [path for path in without if path.endswith(".webp")]
    assert b'class="plane"' not in without["volumes/c19v-0000000000000003.html"]
