"""Every file of the site: the same bytes, links that lead somewhere, words that do nothing."""

import json
import posixpath
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qs, urldefrag, urlsplit

import pytest

from flows.site import facets
from flows.site.build import build
from flows.site.collect import collect
from flows.site.render import POLICY
from flows.site.shards import cut
from flows.site.write import write
from tests.flows.proposal.small_night import HOSTILE
from tests.flows.site.collection import RECORDS, ROOT, config, files, many, moved, row, site, state
from tests.support.crossed import crossed


class Seen(HTMLParser):
    """Collect elements, attributes and text of a page."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.text = ""
        self.feed(page.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data

    def links(self) -> list[str]:
        return [value or "" for _, name, value in self.attributes if name in ("href", "src")]


def _pages(made: dict[str, bytes]) -> dict[str, Seen]:
    return {path: Seen(content) for path, content in made.items() if path.endswith(".html")}


def test_the_same_collection_gives_the_same_bytes() -> None:
    assert files() == files(tuple(reversed(RECORDS)))


def test_every_link_inside_leads_to_a_file_of_the_site() -> None:
    made = files(many(450))
    for path, seen in _pages(made).items():
        for link in seen.links():
            if not urlsplit(link).scheme and not link.startswith("#"):
                target = posixpath.normpath(posixpath.join(posixpath.dirname(path), link))
                assert urldefrag(target).url in made, (path, link)


def test_every_page_asks_for_nothing_from_elsewhere_and_runs_nothing_inline() -> None:
    for path, seen in _pages(files()).items():
        [policy] = [v for _, _, v in seen.attributes if v and v.startswith("default-src 'none'")]
        assert "unsafe" not in policy
        assert "http" not in policy
        assert not {"style", "iframe", "object", "form", "base"} & set(seen.tags)
        assert not [n for _, n, _ in seen.attributes if n.startswith("on") or n == "style"], path
        loaded = [v or "" for t, n, v in seen.attributes if n in ("href", "src") and t != "a"]
        assert not [link for link in loaded if urlsplit(link).scheme]


def test_the_documented_header_is_the_policy_of_the_pages() -> None:
    words = (ROOT / "docs" / "site.md").read_text(encoding="utf-8")
    assert f"Content-Security-Policy: {POLICY}; frame-ancestors 'none'" in words


def _stated(text: str) -> dict[str, bytes]:
    words = row("clinic", f"a/{text or 'x'}.png", 1, notes=text, finding_raw=text, finding=(text,))
    return files((replace(words, licence=text or None, country=text, doi=text),), pairs=())


@pytest.mark.parametrize("text", crossed([text for text in HOSTILE if text.strip()], fast=10))
def test_hostile_words_are_shown_and_never_act(text: str) -> None:
    plain, hostile = _pages(_stated("x")), _stated(text)
    for path, seen in _pages(hostile).items():
        assert set(seen.tags) <= {*plain[path].tags, "code"}, path
        names = {(tag, name) for tag, name, _ in seen.attributes}
        assert names <= {(tag, name) for tag, name, _ in plain[path].attributes}, path
        inside = ("#", "https://github.com/", "https://doi.org/")
        assert all(link.startswith(inside) for link in seen.links() if urlsplit(link).scheme)
    for path, content in hostile.items():
        if path.endswith(".js") and "/" in path and path != "seen/worker.js":
            data = re.fullmatch(
                rb"(\w+(?:Is|Are))\((.*)\);\n",
                content,
                re.DOTALL,
            )
            assert data
            assert content.isascii()
            json.loads(b"[" + data[2] + b"]")


def test_a_page_of_a_picture_reports_it_with_the_form_filled_in() -> None:
    seen = _pages(files())["pictures/00/c19-0000000000000001.html"]
    [wrong] = [link for link in seen.links() if "wrong-label" in link]
    asked = parse_qs(urlsplit(wrong).query)
    assert asked["images"] == ["clinic/images/1.png\njournal/figures/1.png"]
    assert wrong.startswith("https://github.com/owner/collection/issues/new?")
    assert "https://github.com/owner/clinic/blob/HEAD/images/1.png" in seen.links()


def test_what_was_taken_down_and_who_may_be_named_is_nowhere() -> None:
    for path, content in files().items():
        assert b"images/4.png" not in content, path
        assert b"0000000000000004" not in content, path
        assert b"Smith" not in content, path
        assert "0000000000000004" not in path


def test_the_groups_of_the_catalogue_count_every_picture_once() -> None:
    found = facets.groups(site(many(1200)).pictures)
    assert sum(len(group.pictures) for group in found) == 1200
    assert len(found) < 60
    assert [p for part in facets.shards(found) for p in part] == [
        picture for group in found for picture in group.pictures
    ]


def test_the_pages_of_a_source_list_each_picture_once() -> None:
    made = _pages(files(many(1_200)))
    listed = [
        link
        for path, seen in made.items()
        if path.startswith("sources/clinic/")
        for link in seen.links()
        if "/pictures/" in link
    ]
    assert len(listed) == len(set(listed)) == 600


def test_a_night_with_new_pictures_rewrites_only_what_changed(tmp_path: Path) -> None:
    write(tmp_path, build(site(many(1_000))))
    later = collect(moved(state(many(1_010))), config())
    done = write(tmp_path, build(later))
    changed = (
        10  # pages of the new pictures
        + 2 * 1  # the first pages of both sources name the commit
        + 2 * 4  # lists of each source
        + 2 + 2 + 1  # the overviews; words and columns of the catalogue; how many can be looked up
        + 10  # and the shards that they fell into
    )  # fmt: skip
    assert 10 < done.written <= changed
    assert done.removed <= 2  # shards whose first picture is another now


def test_parts_are_neither_small_nor_large_and_a_new_item_moves_few() -> None:
    names = [f"{number:06}" for number in range(20_000)]
    before = [tuple(part) for part in cut(names, str, about=100)]
    after = [tuple(part) for part in cut([*names[:5_000], "new", *names[5_000:]], str, about=100)]
    assert [name for part in before for name in part] == names
    assert all(50 <= len(part) <= 200 for part in before[:-1])
    assert len(set(after) - set(before)) <= 3
