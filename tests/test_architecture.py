"""The map shows the house as it stands."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = ("docs/architecture.md", "CONTRIBUTING.md", "README.md")


def test_the_map_shows_what_the_imports_say():
    done = subprocess.run(
        [sys.executable, "docs/map.py", "--check"],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "circles among rooms: none" in done.stdout


def test_every_file_that_the_documents_name_exists():
    named = {
        path
        for page in PAGES
        for path in re.findall(
            r"`((?:flows|covid19_images|tests|config|docs)/[\w./-]+)`", (ROOT / page).read_text()
        )
    }
    assert len(named) > 40
    assert sorted(path for path in named if "NAME" not in path and not (ROOT / path).exists()) == []
