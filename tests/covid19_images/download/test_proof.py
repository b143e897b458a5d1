"""A release is taken from whom the copy trusts, and from nobody else."""

import datetime as dt
import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from covid19_images.cli.app import app
from covid19_images.download.download import Downloaded, download
from covid19_images.download.errors import ProofError, RequestError
from covid19_images.download.request import Request
from covid19_images.download.trust import FILE
from covid19_images.download.verify import verify
from covid19_images.release import envelope as envelopes
from covid19_images.release import proof, row
from covid19_images.release.index import PROOF, SUMS
from tests.support.collection import NOW, Collection
from tests.support.releases import release
from tests.support.signing import signer

VERSION = "2026.11.23"
[ONE], [TWO] = signer(1).names, signer(2).names


@pytest.fixture(scope="module")
def signed(world: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same release, signed by the first key, the second, both, and by nobody."""
    folder = tmp_path_factory.mktemp("signed")
    collection = Collection(world / "collection")
    seeds = {"one": (1,), "two": (2,), "both": (1, 2), "nobody": ()}
    for name, some in seeds.items():
        release(collection, folder / name, signer=signer(*some))
    return {name: folder / name for name in seeds}


def get(folder: Path, origin: Path, **options: object) -> Downloaded:
    return download(folder, request=Request(origin=str(origin)), **options)  # type: ignore[arg-type]


def test_a_statement_names_every_file_every_set_of_rows_and_what_they_were_made_from(
    signed: dict[str, Path], world: Path
) -> None:
    place = signed["one"] / VERSION
    sealed = envelopes.loads((place / PROOF).read_bytes())
    values = json.loads(sealed.content)
    assert values["_type"] == "https://in-toto.io/Statement/v1"
    assert values["predicateType"] == "https://slsa.dev/provenance/v1"
    assert envelopes.signers(sealed) == {ONE}
    statement = proof.loads(sealed.content)
    here = {path.name for path in place.iterdir()}
    assert here - statement.files.keys() == {PROOF, SUMS, "NOTES.md"}
    rows = row.loads((place / "manifest.csv").read_text())
    assert statement.row_sets == row.digests(rows)
    names = {"rows", "rows/source/films", "rows/source/slices"}
    assert names < statement.row_sets.keys()
    made_from = statement.dependencies
    assert {"upstream/films", "upstream/slices", "collection", "config"} <= made_from.keys()
    commit = made_from["upstream/films"].digest["gitCommit"]
    assert made_from["upstream/films"].uri == f"git+file://{world}/films.git@{commit}"


def test_the_key_of_the_first_release_is_believed_and_no_other_after_it(
    signed: dict[str, Path], tmp_path: Path
) -> None:
    first = get(tmp_path, signed["one"])
    assert (first.signers, first.trusted_now) == ((ONE,), True)
    again = get(tmp_path, signed["one"])
    assert (again.signers, again.trusted_now) == ((ONE,), False)
    for other in ("two", "nobody"):
        with pytest.raises(ProofError, match="not by the key that its copy here was signed by"):
            get(tmp_path, signed[other])
        assert verify(tmp_path).signers == (ONE,)
    assert get(tmp_path, signed["two"], key=TWO).signers == (TWO,)


def test_a_release_that_both_keys_signed_hands_over_from_one_to_the_other(
    signed: dict[str, Path], tmp_path: Path
) -> None:
    for name, by in (("one", (ONE,)), ("both", (ONE,)), ("two", (TWO,))):
        assert get(tmp_path, signed[name]).signers == by


def test_a_signature_that_somebody_added_makes_its_key_no_more_trusted(
    signed: dict[str, Path], tmp_path: Path
) -> None:
    shutil.copytree(signed["one"], tmp_path / "releases")
    place = tmp_path / "releases" / VERSION
    sealed = envelopes.loads((place / PROOF).read_bytes())
    added = signer(1, 2).seal(sealed.content)
    (place / PROOF).write_text(added.dumps())
    statement = proof.loads(sealed.content)
    (place / SUMS).write_text(proof.sums(statement, (place / PROOF).read_bytes()))
    assert get(tmp_path / "copy", tmp_path / "releases").signers == (ONE,)
    with pytest.raises(ProofError):
        get(tmp_path / "copy", signed["two"])


def test_a_key_that_was_named_is_the_only_one(signed: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(ProofError, match="not by the key that you named"):
        get(tmp_path, signed["one"], key=TWO)
    assert not (tmp_path / "index.json").exists()
    with pytest.raises(RequestError, match="is no key"):
        get(tmp_path, signed["one"], key="ed25519:short")
    get(tmp_path, signed["both"], key=TWO)
    with pytest.raises(ProofError):
        get(tmp_path, signed["one"])
    assert not verify(tmp_path, key=ONE).unproved
    assert verify(tmp_path, key=signer(3).names[0]).unproved


def test_what_nobody_signed_is_checked_for_being_whole_and_told_as_that(
    signed: dict[str, Path], tmp_path: Path
) -> None:
    place = str(signed["nobody"])
    done = CliRunner().invoke(app, ["download", "--from", place, str(tmp_path)])
    assert "Nobody signed it: that it is whole was checked" in done.stdout
    assert ", signed by nobody." in CliRunner().invoke(app, ["verify", str(tmp_path)]).stdout
    (tmp_path / PROOF).unlink()
    [why] = verify(tmp_path).unproved
    assert "is missing" in why


def test_who_signed_is_said_and_that_it_was_the_first(
    signed: dict[str, Path], tmp_path: Path
) -> None:
    done = CliRunner().invoke(app, ["download", "--from", str(signed["one"]), str(tmp_path)])
    assert f"Signed by {ONE}. That key was believed because it was the first" in done.stdout
    assert f"signed by {ONE}." in CliRunner().invoke(app, ["verify", str(tmp_path)]).stdout
    refused = CliRunner().invoke(app, ["update", "--from", str(signed["two"]), str(tmp_path)])
    assert refused.exit_code == 1
    assert f"signed by {TWO}, and not by the key" in refused.stderr


def test_a_copy_whose_trust_cannot_be_read_takes_nothing(
    signed: dict[str, Path], tmp_path: Path
) -> None:
    get(tmp_path, signed["one"])
    (tmp_path / FILE).write_text("{}")
    with pytest.raises(ProofError, match="does not say whose releases"):
        get(tmp_path, signed["one"])
    assert verify(tmp_path).unproved


def test_an_older_release_in_the_place_of_the_copy_is_noticed(
    signed: dict[str, Path], tmp_path: Path
) -> None:
    get(tmp_path, signed["one"])
    trusted = json.loads((tmp_path / FILE).read_text())
    (tmp_path / FILE).write_text(json.dumps(trusted | {"version": "2026.11.30"}))
    assert verify(tmp_path).unproved == (
        f"Release 2026.11.30 was downloaded last, and {VERSION} is here.",
    )


@pytest.mark.parametrize(("days", "late"), [(14, None), (15, 15)])
def test_a_place_that_shows_the_same_release_for_too_long_is_noticed(
    days: int, late: int | None, signed: dict[str, Path], tmp_path: Path
) -> None:
    today = NOW.date() + dt.timedelta(days=days)
    assert get(tmp_path, signed["one"], today=today).days_late == late
    assert get(tmp_path, signed["one"], version=VERSION, today=today).days_late is None
