"""Read the newest release back with the client that people of each house use.

`pooch` finds a DOI's files by doi.org and zenodo.org: both are led to what the emulation has
published. `load_dataset` runs in the frameworks' environment, where there is one.
"""

import hashlib
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import kagglehub
import pooch
import pytest

from tests.faults.nights import shard
from tests.support.collection import ROOT
from tests.support.kaggle import TOKEN
from tests.support.kaggle.clients import lead_to
from tests.support.kaggle.methods import unpacked
from tests.support.server import running

_LOAD = """
import json, sys, datasets
name, version = sys.argv[1:]
counts = {}
for streaming in (False, True):
    sides = datasets.load_dataset(name, revision=version, streaming=streaming)
    counts[str(streaming)] = {side: sum(1 for _ in rows) for side, rows in sides.items()}
table = datasets.load_dataset(name, "manifest", revision=version)
print(json.dumps([counts, sum(map(len, table.values()))]))
"""


def _sums(release: Path) -> dict[str, str]:
    lines = (release / "SHA256SUMS").read_text(encoding="ascii").splitlines()
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else ""


def kaggle(there: Any, releases: Path, version: str, scratch: Path) -> str:
    """Download the dataset with `kagglehub`, and compare every file and every picture."""
    with pytest.MonkeyPatch.context() as patched:
        lead_to(there.url, patched)
        patched.setenv("KAGGLE_API_TOKEN", TOKEN)
        patched.setenv("KAGGLEHUB_CACHE", str(scratch / "kagglehub"))
        got = Path(kagglehub.dataset_download(there.repository))
    sums = _sums(releases / version)
    count = 0
    for name, digest in sums.items():
        if name.endswith(".tar"):
            members = unpacked(name, shard(releases, name, digest))
            assert all((got / path).read_bytes() == one for path, one in members.items()), name
            count += len(members)
        else:
            assert _digest(got / name) == digest, name
            count += 1
    return f"kagglehub: {count:,} files"


@contextmanager
def _records(there: Any) -> Iterator[str]:
    """Serve what people see of the published versions: records and their files, without tokens."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            _, _, _, number, *name = self.path.partition("?")[0].split("/")
            one = there.versions[int(number)]
            assert one.submitted
            content = one.files[name[1]] if name else json.dumps(self._record(one)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def _record(self, one: Any) -> dict[str, Any]:
            at = f"http://{self.headers['Host']}/api/records/{one.number}/files"
            files = [
                {
                    "key": name,
                    "checksum": f"md5:{hashlib.md5(content).hexdigest()}",
                    "links": {"self": f"{at}/{name}/content"},
                }
                for name, content in one.files.items()
            ]
            return {"id": one.number, "files": files}

    with running(Handler) as url:
        yield f"{url}/api/records"


def zenodo(there: Any, releases: Path, version: str, scratch: Path) -> str:
    """Get every file of the version by its DOI with `pooch`, which checks the MD5 sums."""
    [one] = [one for one in there.published if one.metadata["version"] == version]
    doi, found = f"10.5072/zenodo.{one.number}", pooch.downloaders
    with pytest.MonkeyPatch.context() as patched, _records(there) as records:
        page = f"https://zenodo.org/records/{one.number}"
        patched.setattr(found, "doi_to_url", lambda *_args, **_options: page)
        patched.setattr(found.ZenodoRepository, "base_api_url", records)
        get = pooch.create(scratch / "pooch", base_url=f"doi:{doi}")
        get.load_registry_from_doi()
        files = {name: Path(get.fetch(name)) for name in get.registry_files}
    for name, file in list(files.items()):
        if name.startswith("packed-"):
            with tarfile.open(file) as tar:
                tar.extractall(scratch / name, filter="data")
            files |= {member.name: member for member in (scratch / name).iterdir()}
    sums = _sums(releases / version)
    assert all(_digest(files[name]) == digest for name, digest in sums.items())
    return f"pooch, by DOI: {len(sums):,} files"


def _python() -> str | None:
    """Return a Python that has `datasets`, which is a folder here too."""
    own = ROOT / ".venv-frameworks" / "bin" / "python"
    if own.is_file():
        return str(own)
    return sys.executable if find_spec("datasets.arrow_dataset") else None


def hub(there: Any, _releases: Path, version: str, scratch: Path) -> str:
    """Load the dataset with `load_dataset`, streaming and not, and count what it gives."""
    python = _python()
    if python is None:
        return "load_dataset: not tried, there is no environment with it (make frameworks)"
    environment = {
        "HF_ENDPOINT": there.url,
        "HF_HUB_OFFLINE": "0",
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HOME": str(scratch / "hf"),
    }
    scratch.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [python, "-c", _LOAD, there.repository, version],
        env=os.environ | environment,
        cwd=scratch,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    counts, rows = json.loads(done.stdout.splitlines()[-1])
    assert counts["False"] == counts["True"], counts
    squares = sum(counts["True"].values())
    return f"load_dataset, streaming and not: {squares:,} squares, {rows:,} rows"
