"""The DOI of a release: reserved before it is published, said by it, and exactly one."""

import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
import yaml

from covid19_images.release.index import Shard, loads
from flows.publish.doi import Dois, reserve
from flows.publish.folder import FolderPublisher
from flows.publish.target import update
from tests.flows.publish.zenodo.small import (
    KilledError,
    dying_at,
    target_of,
    write_release,
    write_shard,
)
from tests.support.collection import SIMPLE, Collection
from tests.support.pictures import png
from tests.support.releases import release
from tests.support.upstream import Upstream
from tests.support.zenodo import Zenodo, emulated

VERSIONS = ("2026.11.23", "2026.11.24")


@pytest.fixture
def zenodo() -> Iterator[Zenodo]:
    with emulated() as there:
        yield there


def publish(folder: Path, cache: Path, zenodo: Zenodo, shards: dict[str, Shard], **options) -> None:
    """Publish what is not published, as the bot does: reserve, build, publish, update."""
    for number, version in enumerate(VERSIONS):
        first, target = FolderPublisher(folder), target_of(zenodo, reserves=True, **options)
        if version not in first.published():
            dois = reserve(first, cache, lambda _: None, [target], version, None)
            assert dois.version, dois.why
            one = write_shard(folder, version, number)
            shards[one.name] = one
            write_release(folder, version, shards, doi=dois.version, concept_doi=dois.concept)
        outcome = update(first, cache, lambda _: None, target)
        assert outcome.state in ("updated", "there"), outcome.message
        assert not outcome.for_a_person


@pytest.mark.parametrize("lag", [0, pytest.param(3, marks=pytest.mark.slow)])
def test_killed_anywhere_each_release_says_the_one_doi_that_it_has(
    tmp_path: Path, zenodo: Zenodo, lag: int
) -> None:
    zenodo.lag = lag
    folder, shards, calls = tmp_path / "releases", dict[str, Shard](), 0
    while calls < 150:
        calls += 3  # in turn before a request and after an answer
        try:
            publish(folder, tmp_path / "cache", zenodo, shards, open=dying_at(calls))
            break
        except KilledError:
            continue
    assert 10 < calls < 150
    for version, one in zip(VERSIONS, zenodo.published, strict=True):
        index = loads((folder / version / "index.json").read_bytes())
        assert one.metadata["version"] == version
        assert index.doi == f"10.5072/zenodo.{one.number}"
        assert index.concept_doi == f"10.5072/zenodo.{one.concept}"
        assert json.loads(one.files["zenodo.json"])["doi"] == index.doi
        assert index.doi in (folder / version / "CITATION.cff").read_text()


def test_a_real_release_says_its_doi_wherever_it_is_read(tmp_path: Path, zenodo: Zenodo) -> None:
    collection, upstream = Collection(tmp_path / "here"), Upstream(tmp_path / "upstream.git")
    upstream.commit({f"images/{i}.png": png(i) for i in range(2)})
    collection.source("set", SIMPLE.format(url=upstream.url) + '[always]\nmodality = "XR"\n')
    collection.night()
    collection.merge()
    folder = tmp_path / "releases"
    tried = release(collection, folder, targets=[target_of(zenodo, reserves=True)], dry_run=True)
    assert (tried.action, zenodo.versions) == ("dry_run", {})
    done = release(collection, folder, targets=[target_of(zenodo, reserves=True)])
    [one] = zenodo.published
    doi, concept = f"10.5072/zenodo.{one.number}", f"10.5072/zenodo.{one.concept}"
    assert done.targets[0].where == f"https://doi.org/{doi}"
    here = folder / str(done.version)
    assert loads((here / "index.json").read_bytes()).doi == doi
    cited = yaml.load((here / "CITATION.cff").read_text(), yaml.BaseLoader)
    schema = files("check_jsonschema") / "builtin_schemas" / "vendor" / "citation-file-format.json"
    jsonschema.validate(cited, json.loads(schema.read_text(encoding="utf-8")))
    assert cited["doi"] == doi
    assert [each["value"] for each in cited["identifiers"]] == [doi, concept]
    described = json.loads((here / "croissant.json").read_text())
    assert described["identifier"] == described["sameAs"] == f"https://doi.org/{doi}"
    assert described["isPartOf"] == f"https://doi.org/{concept}"
    assert json.loads((here / "datapackage.json").read_text())["id"] == f"https://doi.org/{doi}"
    assert f"Cite this release as https://doi.org/{doi}" in (here / "README.md").read_text()
    assert one.files["CITATION.cff"] == (here / "CITATION.cff").read_bytes()
    again = release(collection, folder, targets=[target_of(zenodo, reserves=True)])
    assert again.action == "nothing"
    assert len(zenodo.versions) == 1  # nothing is reserved where there is nothing to publish


def test_a_zenodo_that_does_not_answer_is_no_reason_to_publish_nothing(
    tmp_path: Path, zenodo: Zenodo
) -> None:
    folder = tmp_path / "releases"
    one = write_shard(folder, VERSIONS[0], 0)
    write_release(folder, VERSIONS[0], {one.name: one})
    lost = target_of(Zenodo(url="http://127.0.0.1:9"), reserves=True)
    ask = (FolderPublisher(folder), tmp_path, lambda _: None)
    given = reserve(*ask, [lost], VERSIONS[1], "10.5072/zenodo.7")
    assert (given.version, given.concept) == (None, "10.5072/zenodo.7")
    assert f"Release {VERSIONS[1]} will not say its own DOI; the record in zenodo does" in given.why
    assert reserve(*ask, [target_of(zenodo)], VERSIONS[1], None) == Dois()  # a sandbox


def test_a_draft_that_was_deleted_by_hand_is_for_a_person(tmp_path: Path, zenodo: Zenodo) -> None:
    folder, target = tmp_path / "releases", target_of(zenodo, reserves=True)
    one = write_shard(folder, VERSIONS[0], 0)
    write_release(folder, VERSIONS[0], {one.name: one}, doi="10.5072/zenodo.77")
    outcome = update(FolderPublisher(folder), tmp_path / "cache", lambda _: None, target)
    assert outcome.state == "updated"
    [sentence] = outcome.for_a_person
    assert "says that its DOI is 10.5072/zenodo.77" in sentence
    assert "what was reserved was deleted" in sentence
