"""A night finds copies of volumes, keeps them on one side of a split, and asks people."""

import json

import numpy as np
import pytest
from PIL import Image

from benchmarks.volume_copies import windowed
from benchmarks.volume_scans import PHASE, scan
from covid19_images.manifest import volume_pair
from covid19_images.manifest.volume_pair import VolumePairRow
from flows.collection import withdrawn_links
from flows.night.compare import volume_features, volume_verify
from tests.covid19_images.images.volumes.series import nifti, series
from tests.support.collection import SIMPLE, Collection
from tests.support.pictures import encoded
from tests.support.upstream import Upstream

SLICES = 6
CT = SIMPLE + '[always]\nmodality = "CT"\n'
MASKS = """
[[masks]]
match = '^images/(?P<name>.+)_mask\\.nii$'
of = "images/{{name}}.nii"
shows = "lung"
by = "person"
"""
AFFINE = np.array([[-0.7, 0, 0, 100], [0, -0.8, 0, 80], [0, 0, 2, -300], [0, 0, 0, 1]])
CUT = 10


def outline(shape: tuple[int, ...]) -> np.ndarray:  # type: ignore[type-arg]
    """Return a mask of a box."""
    values = np.zeros(shape, np.uint8)
    values[20:50, 30:70, 1:4] = 1
    return values


def begin(collection: Collection, upstream: Upstream) -> None:
    """Make a collection with a series, a crop of it, another phase, and one of its slices."""
    hu = scan(0, slices=SLICES)
    stored = hu.transpose(2, 1, 0) + 1024
    slices = series(stored, [2.0 * n for n in range(SLICES)])
    crop = hu[CUT:-CUT, CUT:-CUT]
    [lone] = windowed(hu[:, :, 3:4], -600, 1500)
    upstream.commit(
        {f"images/a/{name}": content for name, content in slices}
        | {
            "images/crop.nii": nifti(crop, AFFINE),
            "images/crop_mask.nii": nifti(outline(crop.shape), AFFINE),
            "images/phase.nii": nifti(scan(0, PHASE, slices=SLICES), AFFINE),
            "images/lone.png": encoded(Image.fromarray(lone)),
        }
    )
    collection.source("set", (CT + MASKS).format(url=upstream.url))
    collection.night()
    collection.merge()


def pairs(collection: Collection, ref: str = "sync/datasets") -> list[VolumePairRow]:
    return volume_pair.loads(collection.file("datasets/volume_pairs.csv", ref))


def test_a_crop_and_a_slice_are_copies_and_another_phase_is_none(begun: Collection) -> None:
    found = pairs(begun, "main")
    series_id = begun.records("set", "main")["images/a/IM000"].series_id
    assert [(pair.a, pair.b, pair.b_is, pair.kind) for pair in found] == sorted(
        [
            (f"set/{series_id}", "set/images/crop.nii", "volume", "cropped"),
            (f"set/{series_id}", "set/images/lone.png", "picture", "slice"),
            ("set/images/crop.nii", "set/images/lone.png", "picture", "slice"),
        ]
    )
    [crop] = [pair for pair in found if pair.kind == "cropped"]
    assert (crop.kept, crop.decided_by) == ("a", "verified")
    numbers = np.array(str(crop.affine).split(), float).reshape(3, 4)
    np.testing.assert_allclose(numbers @ [30, 40, 2, 1], [30 - CUT, 40 - CUT, 2], atol=0.5)


def test_copies_of_volumes_are_in_one_group_and_so_in_one_split(begun: Collection) -> None:
    records = begun.records("set", "main")
    copies = ["images/a/IM000", "images/crop.nii", "images/lone.png"]
    assert len({records[path].group for path in copies}) == 1
    assert len({records[path].split for path in copies}) == 1
    assert records["images/phase.nii"].group != records["images/crop.nii"].group


def test_a_night_without_news_reads_no_volume(
    begun: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(volume_features, "_read", lambda *_: pytest.fail("volumes are read"))
    monkeypatch.setattr(volume_verify.VolumeVerifier, "verify", lambda *_: pytest.fail("verified"))
    assert begun.night().proposal is None


@pytest.mark.slow
def test_a_night_that_is_repeated_asks_nothing_again_and_finds_the_same(
    collection: Collection, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(collection, upstream)
    first = collection.tree("main")
    monkeypatch.setattr(volume_features, "_read", lambda *_: pytest.fail("volumes are read"))
    monkeypatch.setattr(volume_verify, "spread", lambda *_: pytest.fail("volumes are compared"))
    collection.night()
    assert collection.tree("main") == first


@pytest.mark.slow
def test_a_new_source_is_compared_with_the_volumes_that_are_there_without_their_cache(
    begun: Collection, upstream: Upstream
) -> None:
    before = pairs(begun, "main")
    begun.forget()
    more = Upstream(upstream.folder.with_name("more.git"))
    hu = scan(0, slices=SLICES)
    more.commit({"images/again.nii": nifti(hu.astype(np.float32), AFFINE)})
    begun.source("more", CT.format(url=more.url))
    begun.night()
    new = [pair for pair in pairs(begun) if pair not in before]
    assert [pair for pair in pairs(begun) if pair in before] == before
    kinds = {(pair.a, pair.b): (pair.kind, pair.kept, pair.decided_by) for pair in new}
    series_id = begun.records("set", "main")["images/a/IM000"].series_id
    assert kinds["more/images/again.nii", f"set/{series_id}"] == ("voxels", "b", "voxels")
    assert ("more/images/again.nii", "set/images/crop.nii") in kinds


def test_a_proposal_names_the_copies_and_which_one_is_kept(begun: Collection) -> None:
    series_id = begun.records("set", "main")["images/a/IM000"].series_id
    line = f"- `set/images/crop.nii`: cropped from `set/{series_id}`"
    assert line in begun.file("datasets/CHANGES.md", "main")
    [page] = begun.pages.rglob("*.md")
    assert line in page.read_text(encoding="utf-8")
    assert "## Copies of volumes" in page.read_text(encoding="utf-8")
    listed = json.loads(begun.file("datasets/CHANGES.json", "main"))["volume_copies"]
    [crop] = [one for one in listed if one["kind"] == "cropped"]
    assert (crop["a"], crop["b"]) == (f"set/{series_id}", "set/images/crop.nii")
    assert (crop["b_is"], crop["kept"], crop["decided_by"]) == ("volume", "a", "verified")


def test_a_person_s_word_counts(begun: Collection) -> None:
    series_id = begun.records("set", "main")["images/a/IM000"].series_id
    crop, phase = "set/images/crop.nii", "set/images/phase.nii"
    verdict = '[[pairs]]\na = "{}"\nb = "{}"\nverdict = "{}"\nby = "me"\ndate = 2026-11-22\n'
    (begun.folder / "config/decisions.toml").write_text(
        verdict.format(f"set/{series_id}", crop, "different") + verdict.format(phase, crop, "same"),
        encoding="utf-8",
    )
    begun.night()
    found = {(pair.a, pair.b): pair for pair in pairs(begun)}
    assert (f"set/{series_id}", crop) not in found
    gone = f"- No copies any more: `set/{series_id}`, `{crop}`"
    assert gone in begun.file("datasets/CHANGES.md")
    [none_any_more] = json.loads(begun.file("datasets/CHANGES.json"))["volume_copies_no_longer"]
    assert none_any_more == {"a": f"set/{series_id}", "b": crop, "b_is": "volume"}
    stated = found[crop, phase]
    assert (stated.kind, stated.decided_by, stated.kept) == ("unknown", "person", "b")
    begun.merge()
    assert begun.night().proposal is None


def test_a_slice_that_is_taken_down_holds_the_volume_that_shows_it(begun: Collection) -> None:
    (begun.folder / "config/decisions.toml").write_text(
        '[[exclude]]\nimage = "set/images/a/IM003"\nreason = "privacy"\nwhy = "asked"\n'
        'by = "me"\ndate = 2026-11-22\n',
        encoding="utf-8",
    )
    begun.night()
    records = begun.records("set")
    status = {path: records[path].status for path in ("images/crop.nii", "images/lone.png")}
    assert status == dict.fromkeys(status, "held")
    assert records["images/phase.nii"].status == "active"
    assert records["images/a/IM001"].status == "active"


def test_a_volume_that_its_owner_withdraws_holds_its_copies_until_it_is_there_again(
    collection: Collection, upstream: Upstream
) -> None:
    hu = scan(0, slices=SLICES)
    owner = {"images/v.nii": nifti(hu, AFFINE)}
    upstream.commit(owner | {"images/other.nii": nifti(scan(2, slices=SLICES), AFFINE)})
    collector = Upstream(upstream.folder.with_name("collector.git"))
    collector.commit({"images/crop.nii": nifti(hu[CUT:-CUT, CUT:-CUT], AFFINE)})
    collection.source("owner", CT.format(url=upstream.url))
    collection.source("collector", CT.format(url=collector.url))
    collection.night()
    collection.merge()
    [before] = pairs(collection, "main")
    upstream.commit({"images/v.nii": None})
    for words in (b"gone", b"still gone"):  # what is held stays held
        upstream.commit({"README": words})
        collection.night()
        crop = collection.records("collector")["images/crop.nii"]
        assert (crop.status, crop.split) == ("held", "none")
        assert not [pair for pair in pairs(collection) if pair.b_is == "volume"]
        [link] = withdrawn_links.loads(collection.file("datasets/volume_links.csv"))
        assert (link.a, link.b) == ("collector/images/crop.nii", "owner/images/v.nii")
        collection.merge()
        assert collection.night().proposal is None
    upstream.commit(owner)
    collection.night()
    assert collection.records("collector")["images/crop.nii"].status == "active"
    assert [(pair.key, pair.kind) for pair in pairs(collection)] == [(before.key, "cropped")]
    assert not withdrawn_links.loads(collection.file("datasets/volume_links.csv"))
