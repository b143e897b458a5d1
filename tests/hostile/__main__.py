"""Run one night over the corpus and print the counts: `python -m tests.hostile`."""

import os
import sys
import tempfile
from pathlib import Path

from tests.hostile.night import run

if __name__ == "__main__":
    os.environ |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    with tempfile.TemporaryDirectory() as scratch:
        outcome = run(Path(scratch))
    print(outcome)
    if "--reasons" in sys.argv:
        print("\n".join(f"{name}: {why}" for name, why in sorted(outcome.refused.items())))
    print("\n".join(f"LOST {name}" for name in outcome.lost))
    sys.exit(bool(outcome.lost))
