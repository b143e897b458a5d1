"""Fail where a tag, pyproject.toml, the package and CITATION.cff do not name one version.

python .ci/version.py          compare the files
python .ci/version.py v1.2.3   compare them with a tag too
"""

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent


def versions(root: Path = ROOT) -> dict[str, str]:
    """Return the version that each file names."""
    document = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    named = {"pyproject.toml": document["project"]["version"]}
    for file, pattern in (
        ("covid19_images/__init__.py", r'^__version__ = "(.+)"$'),
        ("CITATION.cff", r'^version: "?([^"\n]+)"?$'),
    ):
        found = re.search(pattern, (root / file).read_text(encoding="utf-8"), re.MULTILINE)
        if found:
            named[file] = found[1]
    return named


def main(arguments: list[str]) -> str | None:
    """Return what differs, if anything does."""
    named = versions()
    if arguments:
        named["the tag"] = arguments[0].removeprefix("v")
    if len(set(named.values())) == 1:
        return None
    return "One version is needed; " + ", ".join(f"{one} names {v}" for one, v in named.items())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
