"""A night outside of what a source expects is held, and says which bound it left."""

import pytest

from tests.support.collection import SIMPLE, Collection
from tests.support.pictures import png
from tests.support.upstream import Upstream


def begin(collection: Collection, upstream: Upstream) -> None:
    """Import three pictures."""
    upstream.commit({f"images/{i}.png": png(i) for i in range(3)})
    collection.source("set", SIMPLE.format(url=upstream.url))
    collection.night()
    collection.merge()


@pytest.mark.parametrize(
    ("expect", "change", "held"),
    [
        (
            "max_new = 1",
            {"images/8.png": png(8), "images/9.png": png(9)},
            "new images: 2 (expect.max_new is 1)",
        ),
        ("max_new = 2", {"images/8.png": png(8), "images/9.png": png(9)}, None),
        ("max_removed = 1", {"images/0.png": None}, None),
        ("max_changed = 1", {"images/0.png": png(7)}, None),
        ("min_images = 2", {"images/0.png": None}, None),
        ("max_removed = 0", {"images/0.png": None}, "images gone: 1 (expect.max_removed is 0)"),
        (
            "max_changed = 0",
            {"images/0.png": png(7)},
            "images changed: 1 (expect.max_changed is 0)",
        ),
        ("min_images = 3", {"images/0.png": None}, "images left: 2 (expect.min_images is 3)"),
        (
            'media_types = ["image/jpeg"]',
            {"images/8.png": png(8)},
            "kinds of file that are not in expect.media_types: image/png (1)",
        ),
    ],
)
def test_each_bound(begun: Collection, upstream: Upstream, expect, change, held):
    begun.source("set", f"{SIMPLE.format(url=upstream.url)}[expect]\n{expect}\n")
    upstream.commit(change)
    proposal = begun.night().proposal
    assert proposal is not None
    assert proposal.review_reasons == ((f"set: {held}",) if held else ())


def test_a_bound_alone_describes_nothing_anew(begun: Collection, upstream: Upstream):
    begun.source("set", f"{SIMPLE.format(url=upstream.url)}[expect]\nmax_new = 1\n")
    assert begun.night().proposal is None


def test_a_first_import_is_not_bounded_by_what_is_new(collection: Collection, upstream: Upstream):
    upstream.commit({f"images/{i}.png": png(i) for i in range(3)})
    collection.source("set", SIMPLE.format(url=upstream.url) + "[expect]\nmax_new = 1\n")
    proposal = collection.night().proposal
    assert proposal is not None
    assert proposal.review_reasons == ()


@pytest.mark.parametrize(
    ("images", "gone", "waits"),
    [
        (20, 4, False),
        (19, 4, True),
        (4, 3, False),
        pytest.param(20, 5, True, marks=pytest.mark.slow),
    ],
)
def test_a_fifth_of_a_source_may_go_and_three_images_always(
    collection: Collection, upstream: Upstream, images: int, gone: int, waits: bool
):
    collection.source("set", SIMPLE.format(url=upstream.url))
    upstream.commit({f"images/{i}.png": png(i) for i in range(images)})
    collection.night()
    collection.merge()
    upstream.commit({f"images/{i}.png": None for i in range(gone)})
    proposal = collection.night().proposal
    assert proposal is not None
    reasons = f"set: {gone} of {images} images are gone upstream"
    assert proposal.review_reasons == ((reasons,) if waits else ())
