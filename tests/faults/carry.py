"""Carry releases to one house, in a process that may be killed at any moment.

python -m tests.faults.carry HOUSE ADDRESS RELEASES CACHE
"""

import json
import os
import sys
from pathlib import Path

from huggingface_hub import constants

from flows.publish.folder import FolderPublisher
from flows.publish.hub.target import HubTarget
from flows.publish.kaggle.target import KaggleTarget
from flows.publish.target import Target, update
from flows.publish.zenodo.target import ZenodoTarget
from tests.support import hub, kaggle, zenodo

PID, OUTCOME = "pid", "outcome.json"
HOUSES = ("hub", "zenodo", "kaggle")


def _target(house: str, address: str) -> Target:
    if house == "hub":
        constants.HF_HUB_DISABLE_XET = True  # files go as LFS
        return HubTarget(house, "us/covid19-images", lambda: hub.TOKEN, address)
    if house == "zenodo":
        return ZenodoTarget(house, lambda: zenodo.TOKEN, server=address, look_every_s=0.0)
    name = kaggle.Kaggle.repository
    return KaggleTarget(house, name, lambda: kaggle.TOKEN, address, look_every_s=0.0)


def carry(house: str, address: str, releases: Path, cache: Path) -> None:
    """Update a house to what is published; write its process's number first, and how it fared.

    Args:
        house: Which.
        address: Where its emulation is.
        releases: The first place.
        cache: Where releases are laid ready, and where to write.
    """
    (cache / PID).write_text(str(os.getpid()), encoding="ascii")
    found = update(FolderPublisher(releases), cache, lambda _: None, _target(house, address))
    outcome = {
        "state": found.state,
        "message": found.message,
        "left": list(found.for_a_person),
        "sent_bytes": found.sent_bytes,
    }
    (cache / OUTCOME).write_text(json.dumps(outcome), encoding="utf-8")


if __name__ == "__main__":
    carry(sys.argv[1], sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
