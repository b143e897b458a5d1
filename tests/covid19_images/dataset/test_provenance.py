"""From a tensor back to the repository of its owner."""

import hashlib
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import covid19_images as c19
from covid19_images.cli.app import app
from covid19_images.download.copy import LocalCopyError
from covid19_images.download.download import download
from covid19_images.download.request import Request
from covid19_images.release import tar
from tests.support.collection import Collection
from tests.support.releases import release
from tests.support.signing import signer
from tests.support.upstream import git


@pytest.fixture(scope="module")
def copy(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("provenance")
    release(Collection(world / "collection"), folder / "releases", signer=signer(1))
    download(folder / "copy", request=Request(origin=str(folder / "releases")))
    return folder / "copy"


def test_every_tensor_leads_to_the_blob_that_its_upstream_has(copy: Path, world: Path) -> None:
    chosen = c19.select("all", label="raw", unknown="keep", size=None, root=copy)
    assert len(chosen.records) == 16
    for record in chosen.records:
        found = c19.provenance(record, root=copy)
        member = tar.read(copy / "shards" / str(found.shard), str(found.member)) or b""
        assert found.member_sha256 == hashlib.sha256(member).hexdigest()
        shard = (copy / "shards" / str(found.shard)).read_bytes()
        assert found.shard_sha256 == hashlib.sha256(shard).hexdigest()
        assert found.upstream == f"file://{world}/{record.source}.git"
        upstream = Path(str(found.upstream).removeprefix("file://"))
        assert git(upstream, "rev-parse", f"{found.commit}:{record.path}").strip() == found.blob
        assert found.signers == signer(1).names
        assert (found.release, found.recipe >= 1) == ("2026.11.23", True)


def test_a_command_shows_it_by_key_and_by_id(copy: Path) -> None:
    done = CliRunner().invoke(app, ["provenance", "films/images/0.png", "--root", str(copy)])
    assert done.exit_code == 0, done.output
    words = [line.split()[0] for line in done.stdout.splitlines()]
    assert words == ["image", "member", "shard", "recipe", "release", "blob", "upstream", "url"]
    found = c19.provenance("films/images/0.png", root=copy)
    arguments = ["provenance", str(found.image_id), "--root", str(copy), "--json"]
    assert json.loads(CliRunner().invoke(app, arguments).stdout)["blob"] == found.blob
    nothing = CliRunner().invoke(app, ["provenance", "films/none.png", "--root", str(copy)])
    assert (nothing.exit_code, "has no image 'films/none.png'" in nothing.stderr) == (2, True)


def test_a_copy_that_is_not_what_was_signed_traces_nothing(copy: Path) -> None:
    sums = copy / "SHA256SUMS"
    before = sums.read_text()
    sums.write_text(before.replace("0", "1", 1))
    try:
        with pytest.raises(LocalCopyError, match="not to be trusted"):
            c19.provenance("films/images/0.png", root=copy)
    finally:
        sums.write_text(before)
