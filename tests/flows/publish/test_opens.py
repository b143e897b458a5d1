"""A release opens with pandas, WebDataset, Croissant and pooch, with equal counts."""

import datetime as dt
import json
import re
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path

import jsonschema
import pandas as pd
import pytest
import rdflib
import yaml

from covid19_images.download.download import download
from covid19_images.download.request import Request
from covid19_images.release import envelope as envelopes
from covid19_images.release import proof
from covid19_images.release import row as rows
from covid19_images.release.index import loads
from tests.flows.publish import opens
from tests.support.collection import NOW, ROOT, SIMPLE, Collection
from tests.support.needed import missing
from tests.support.pictures import encoded, picture, png
from tests.support.releases import release
from tests.support.server import serving
from tests.support.signing import signer
from tests.support.upstream import Upstream

LAST = "2026.11.24"


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two releases; the second one points back to shards of the first."""
    tmp_path = tmp_path_factory.mktemp("opens")
    collection = Collection(tmp_path / "collection")
    upstream = Upstream(tmp_path / "upstream.git")
    pictures = {f"images/{i}.png": png(i) for i in range(5)} | {"images/copy.png": png(2)}
    upstream.commit(pictures | {"images/film.jpg": encoded(picture(9), "JPEG")})
    collection.source("set", SIMPLE.format(url=upstream.url) + '[always]\nmodality = "XR"\n')
    collection.night()
    collection.merge()
    release(collection, tmp_path / "releases")
    upstream.commit({f"images/new-{i}.png": png(50 + i) for i in range(3)})
    collection.night()
    collection.merge()
    release(collection, tmp_path / "releases", now=NOW + dt.timedelta(days=1), signer=signer(1))
    return tmp_path / "releases"


@pytest.mark.filterwarnings("default")  # other people's libraries warn of what they please
def test_every_library_counts_the_same(released: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    download(copy, request=Request(origin=str(released)))
    assert opens.with_pandas(copy) == 9
    assert opens.with_webdataset(copy) == 9
    assert opens.with_croissant(released / LAST) == (10, 9)
    assert opens.with_frictionless(released / LAST) == 10
    with serving(released) as site:
        assert opens.with_pooch(site.url, LAST, tmp_path / "pooch") == opens.files_of(copy)


def test_r_reads_the_manifest_and_a_shard_as_documented(released: Path) -> None:
    if shutil.which("Rscript") is None:
        missing("Rscript is not installed (r-base-core)")
    page = (ROOT / "docs/releases.md").read_text(encoding="utf-8")
    [table] = re.findall(r"m <- read\.csv\([^`]*\)", page)
    [picture] = re.findall(r"untar\(\"images-NAME[^`;]*exdir[^`;]*\)", page)
    shard = min((released / LAST).glob("images-*.tar")).name
    code = (
        f"{table}\n{picture.replace('images-NAME-00000.tar', shard)}\n"
        'there <- file.exists(file.path("images", m$member))\n'
        "cat(nrow(m), sum(is.na(m$duplicate_of)), class(m$image_id), sum(there))"
    )
    folder = released / LAST
    done = subprocess.run(
        ["Rscript", "--vanilla", "-e", code],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    shutil.rmtree(folder / "images", ignore_errors=True)
    assert done.returncode == 0, done.stderr
    count, kept, kind, pictures = done.stdout.split()
    assert (count, kept, kind) == ("10", "9", "character")
    assert int(pictures) > 0


def test_the_citation_is_what_its_standard_says_and_croissant_names_the_repository(
    released: Path,
) -> None:
    schema = files("check_jsonschema") / "builtin_schemas" / "vendor" / "citation-file-format.json"
    cited = (released / LAST / "CITATION.cff").read_text(encoding="utf-8")
    values = yaml.load(cited, yaml.BaseLoader)  # dates stay texts
    jsonschema.validate(values, json.loads(schema.read_text(encoding="utf-8")))
    described = json.loads((released / LAST / "croissant.json").read_text(encoding="utf-8"))
    assert described["url"] == "https://github.com/coyotespike/covid19-images"


def test_citations_become_bibtex_that_names_who_made_it_and_when(
    released: Path, tmp_path: Path
) -> None:
    program = ROOT / ".venv-cffconvert" / "bin" / "cffconvert"
    if not program.exists():
        missing("cffconvert is not installed")
    for file in (released / LAST / "CITATION.cff", ROOT / "CITATION.cff"):
        subprocess.run([program, "--validate", "-i", str(file)], check=True, capture_output=True)
        made = subprocess.run(
            [program, "-f", "bibtex", "-i", str(file)], check=True, capture_output=True, text=True
        )
        head, *fields, end, _ = made.stdout.split("\n")
        assert (head, end) == ("@misc{YourReferenceHere,", "}")
        found = dict(re.fullmatch(r"(\w+) = \{([^{}]+)\},?", one).groups() for one in fields)
        assert found["author"] == "The covid19-images maintainers"
        assert found["title"].startswith("covid19-images")
        if file.parent.name == LAST:
            assert (found["year"], found["month"]) == ("2026", "11")


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
def test_croissant_says_what_the_release_was_made_from_as_its_statement_does(
    released: Path,
) -> None:
    envelope = envelopes.loads((released / LAST / "provenance.intoto.json").read_bytes())
    made = proof.loads(envelope.content)
    prov, schema = rdflib.PROV, rdflib.SDO
    graph = rdflib.Graph().parse(released / LAST / "croissant.json", format="json-ld")
    [dataset] = graph.subjects(rdflib.RDF.type, schema.Dataset)
    derived = list(graph.objects(dataset, prov.wasDerivedFrom))
    [activity] = graph.objects(dataset, prov.wasGeneratedBy)
    used = list(graph.objects(activity, prov.used))
    values = {str(digest) for one in (*derived, *used) for digest in _digests(graph, one)}
    assert values == {
        digest for one in made.dependencies.values() for digest in one.digest.values()
    }
    assert made.dependencies["upstream/set"].uri in {str(one) for one in derived}
    assert len(derived) == 3  # the upstream, the collection, and the release before
    signers = {str(one) for one in graph.objects(dataset, prov.wasAttributedTo)}
    assert signers == set(made.internal.signers)
    [maker] = graph.objects(dataset, schema.creator)
    assert str(graph.value(maker, schema.name)) == "The covid19-images maintainers"
    [owner] = {
        str(graph.value(who, rdflib.URIRef(f"{prov}label")))
        for one in derived
        for who in graph.objects(one, prov.wasAttributedTo)
    }
    index = loads((released / LAST / "index.json").read_bytes())
    assert owner == index.sources[0].owner


def _digests(graph: rdflib.Graph, one: rdflib.term.Node) -> list[rdflib.term.Node]:
    named = graph.objects(one, rdflib.SDO.identifier)
    values = [value for each in named for value in graph.objects(each, rdflib.SDO.value)]
    return values + list(graph.objects(one, rdflib.SDO.sha256))


def test_pictures_by_split_are_there_with_their_labels_and_copies_do_without(
    released: Path, tmp_path: Path
) -> None:
    parts = [pd.read_parquet(file) for file in sorted((released / LAST).glob("t*-0*.parquet"))]
    table = pd.concat([*parts, pd.read_parquet(released / LAST / "validation-00000.parquet")])
    found = rows.loads((released / LAST / "manifest.csv").read_text())
    own = {row.record.key for row in found if not row.record.duplicate_of}
    assert set(table["key"]) == own
    assert len(table) == len(own) == 9  # the first release's pictures among them
    download(tmp_path / "copy", request=Request(origin=str(released)))
    assert [file.name for file in (tmp_path / "copy").glob("*.parquet")] == ["manifest.parquet"]
    done = subprocess.run(
        ["sha256sum", "--check", "--strict", "--ignore-missing", "SHA256SUMS"],
        cwd=released / LAST,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "train-00000.parquet: OK" in done.stdout
    assert "README.md: OK" in done.stdout


def test_parquet_and_csv_hold_the_same_and_gaps_stay_gaps(released: Path) -> None:
    table = pd.read_parquet(released / LAST / "manifest.parquet")
    found = rows.loads((released / LAST / "manifest.csv").read_text())
    assert list(table.columns) == list(rows.HEADER)
    assert list(table["image_id"]) == [row.record.image_id for row in found]
    assert list(table["width"]) == [row.record.width for row in found]
    kinds = {
        name: str(table[name].dtype) for name in ("width", "age_min", "survival", "finding_raw")
    }
    assert kinds == {
        "width": "Int64",
        "age_min": "Int64",
        "survival": "boolean",
        "finding_raw": "string",
    }
    assert str(table["redistributable"].dtype) == "boolean"
    assert table["age_min"].isna().all()
    assert table["finding"].isna().all()
    own = rows.frame(found)
    assert list(own.columns) == list(table.columns)
    assert list(own["redistributable"]) == list(table["redistributable"])
