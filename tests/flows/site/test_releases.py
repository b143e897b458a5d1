"""Pages of releases: what they hold, where it is, what changed; nothing of what was taken down."""

import pytest

from flows.site.build import build
from flows.site.collect import collect
from flows.site.frameworks import FRAMEWORKS, Framework
from flows.site.releases import ReleaseUnreadableError, releases
from tests.flows.site.collection import ROOT, config, state
from tests.flows.site.releases import VERSIONS, published, read


def _files(url: str | None = "https://example.org/releases") -> dict[str, str]:
    made = build(collect(state(), config(), published(url)))
    return {path: content.decode() for path, content in made if path.startswith("releases/")}


def test_each_release_has_a_page_with_its_files_sizes_and_checksums() -> None:
    page = _files()["releases/2026.11.08/index.html"]
    first = VERSIONS[0]
    assert f'href="https://example.org/releases/{first}/images-clinic-{"a" * 16}.tar"' in page
    assert 'href="https://example.org/releases/2026.11.08/changes.csv"' in page
    assert "18.9 MB" in page
    assert "b" * 64 in page
    assert "covid19-images download --version 2026.11.08 DIR" in page
    for word in ("c19.torch", "c19.tensorflow", "c19.jax", "c19.monai", "c19.huggingface"):
        assert word in page


def test_releases_in_a_folder_are_named_and_not_linked() -> None:
    page = _files(None)["releases/2026.11.08/index.html"]
    assert "example.org" not in page
    assert "--from FOLDER" in page


def test_a_page_lists_what_changed_since_the_one_before() -> None:
    page = _files()["releases/2026.11.08/index.html"]
    assert "What changed since 2026.11.01" in page
    assert 'clinic/images/1.png <span class="soft">finding, view</span>' in page


def test_the_data_card_is_shown_as_it_is_and_never_acts() -> None:
    page = _files()["releases/2026.11.08/index.html"]
    assert "# Data card" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_what_was_taken_down_is_named_by_no_release_any_more() -> None:
    for path, text in _files().items():
        assert "images/4.png" not in text, path
    assert "privacy, 2026-11-14" in _files()["releases/2026.11.15/index.html"]


def test_only_releases_with_one_before_them_have_changes_to_fetch() -> None:
    fetched = {path for path in _files() if path.endswith(".js")}
    assert fetched == {f"releases/changes/{version}.js" for version in VERSIONS[1:]}


def test_without_a_release_the_page_says_so() -> None:
    made = dict(build(collect(state(), config())))
    assert b"There is none yet." in made["releases/index.html"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("index.json", b"{}"),
        ("changes.csv", b"act,path\n"),
        ("changes.csv", b"change,source,path,image_id,columns\nEVIL,a,b,c,\n"),
        ("card.md", b"\xff"),
    ],
)
def test_a_release_that_is_none_is_named(name: str, content: bytes) -> None:
    def broken(version: str, wanted: str) -> bytes:
        return content if wanted == name else read(version, wanted)

    with pytest.raises(ReleaseUnreadableError, match=r"2026\.11\.01 cannot be read"):
        releases(VERSIONS, broken, None)


@pytest.mark.parametrize("one", FRAMEWORKS, ids=lambda one: one.name)
def test_the_lines_for_a_framework_call_what_its_loader_has(one: Framework) -> None:
    for line in (one.of_pictures("xray", "train", "clinic"), one.of_volumes("train")):
        module, _, function = line.partition("(")[0].removeprefix("c19.").rpartition(".")
        code = (ROOT / "covid19_images" / "loaders" / f"{module or 'load'}.py").read_text("utf-8")
        signature = code.partition(f"\ndef {function}(")[2].partition(") ->")[0]
        assert ("split:" in signature) == ('"train"' in line), line
        assert "volumes=" not in line or "volumes: bool" in signature
