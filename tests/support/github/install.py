"""Fetch what the emulator is made of, once per machine and version."""

import hashlib
import json
import shutil
import subprocess
from pathlib import Path

from filelock import FileLock

from tests.support.github.trim import trim
from tests.support.needed import missing

_HERE = Path(__file__).parent
_CACHE = Path(__file__).parents[3] / ".cache" / "github-emulator"
_DESCRIPTION = "node_modules/@octokit/openapi/generated/api.github.com.json"
_OLDEST_NODE = 20


def packages() -> Path:
    """Return the folder with `node_modules` and `openapi.json`; install it where it is missing.

    Where the machine has no npm, Node or git http-backend the test is skipped; an install that
    fails although npm is there is a failure.
    """
    _need_tools()
    parts = [_HERE / "package-lock.json", _HERE / "trim.py", _HERE / "install.py"]
    version = hashlib.sha256(b"".join(part.read_bytes() for part in parts)).hexdigest()[:12]
    folder = _CACHE / version
    _CACHE.mkdir(parents=True, exist_ok=True)
    with FileLock(_CACHE / "install.lock"):
        if not folder.is_dir():
            _install(folder)
    return folder


def _need_tools() -> None:
    for tool in ("npm", "node", "git"):
        if shutil.which(tool) is None:
            missing(f"the GitHub emulator needs {tool}, which is not installed")
    version = subprocess.run(
        ["node", "--version"], check=True, capture_output=True, text=True
    ).stdout
    if int(version.lstrip("v").split(".")[0]) < _OLDEST_NODE:
        missing(f"the GitHub emulator needs Node {_OLDEST_NODE}; this is {version.strip()}")
    run = subprocess.run(["git", "--exec-path"], check=True, capture_output=True, text=True)
    if not (Path(run.stdout.strip()) / "git-http-backend").exists():
        missing("the GitHub emulator needs git http-backend, which this git comes without")


def _install(folder: Path) -> None:
    """Install beside the final place and move: a broken install is never taken for a whole one."""
    partial = folder.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    for name in ("package.json", "package-lock.json"):
        shutil.copy(_HERE / name, partial)
    quiet = (
        "--silent",
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
        "--omit=dev",
        "--omit=optional",
    )
    run = subprocess.run(
        ["npm", "ci", *quiet], cwd=partial, check=False, capture_output=True, text=True
    )
    if run.returncode:
        raise RuntimeError(
            f"npm ci in {partial} ended with {run.returncode}; nothing was installed. "
            f"Run it there to see why. npm said: {run.stderr.strip() or run.stdout.strip()}"
        )
    description = json.loads((partial / _DESCRIPTION).read_bytes())
    (partial / "openapi.json").write_text(json.dumps(trim(description)))
    shutil.rmtree(partial / "node_modules/@octokit")  # 385 MB of which we use 2
    partial.rename(folder)
