"""Carry releases to one house, in a process that may be killed at any moment."""

import json
from pathlib import Path

from huggingface_hub import constants

from flows.publish.folder import FolderPublisher
from flows.publish.hub.target import HubTarget
from flows.publish.kaggle.target import KaggleTarget
from flows.publish.target import Target, update
from flows.publish.zenodo.target import ZenodoTarget
from tests.support import hub, kaggle, zenodo

HOUSES = ("hub", "zenodo", "kaggle")


def _target(house: str, address: str) -> Target:
    if house == "hub":
        constants.HF_HUB_DISABLE_XET = True  # files go as LFS
        return HubTarget(house, "us/covid19-images", lambda: hub.TOKEN, address)
    if house == "zenodo":
        return ZenodoTarget(house, lambda: zenodo.TOKEN, server=address, look_every_s=0.0)
    name = kaggle.Kaggle.repository
    return KaggleTarget(house, name, lambda: kaggle.TOKEN, address, look_every_s=0.0)


def carry(house: str, address: str, releases: Path, cache: Path, to: Path) -> None:
    """Update a house to what is published, and write how it fared.

    Args:
        house: Which.
        address: Where its emulation is.
        releases: The first place.
        cache: Where releases are laid ready.
        to: Where to write.
    """
    found = update(FolderPublisher(releases), cache, lambda _: None, _target(house, address))
    outcome = {
        "state": found.state,
        "message": found.message,
        "left": list(found.for_a_person),
        "sent_bytes": found.sent_bytes,
    }
    to.write_text(json.dumps(outcome), encoding="utf-8")
