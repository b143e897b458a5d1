"""Whoever changes how copies, groups and splits follow from rows is asked for a new rules version.

Nights keep what earlier ones worked out. Where the same rows would now have other copies, groups
or splits, raise `RULES_VERSION` of `flows/night/worked_out.py`; then, or where they would not,
`UPDATE_GOLDEN=1 pytest tests/flows/night/test_rules.py` writes the digest anew.
"""

import hashlib
import os
from pathlib import Path

from flows.night.worked_out import RULES_VERSION
from tests.support.collection import ROOT

_RULES = (
    "flows/night/compare",
    "flows/collection/volume_links.py",
    "covid19_images/manifest/splits",
)
_GOLDEN = Path(__file__).with_name("rules.txt")


def _files() -> list[Path]:
    return sorted(
        file
        for rule in _RULES
        for file in ([ROOT / rule] if rule.endswith(".py") else (ROOT / rule).glob("*.py"))
    )


def test_rules_that_changed_have_another_version_or_were_looked_at() -> None:
    code = b"".join(file.read_bytes() for file in _files())
    now = f"{RULES_VERSION} {hashlib.sha256(code).hexdigest()}\n"
    if os.environ.get("UPDATE_GOLDEN"):
        _GOLDEN.write_text(now, encoding="utf-8")
    assert now == _GOLDEN.read_text(encoding="utf-8"), (
        "The rules of copies, groups or splits changed. Would the same rows now have others? "
        "Then raise RULES_VERSION in flows/night/worked_out.py. UPDATE_GOLDEN=1 keeps the digest."
    )
