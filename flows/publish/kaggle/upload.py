"""Send files to Kaggle, each once: a token stands for what was sent until a version is made of it.

A version takes tokens of files that were sent for it, and nothing of the version before; see
docs/publishing.md. Tokens are kept for six days, as long as Kaggle's own command line keeps them.
"""

import json
import time
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import requests
from kagglesdk.blobs.services.blob_api_service import BlobApiClient
from kagglesdk.blobs.types.blob_api_service import ApiBlobType, ApiStartBlobUploadRequest

from covid19_images.manifest import whole
from flows.publish import ReleaseError
from flows.publish.kaggle.api import KaggleApi, answers

_KEPT_S = 6 * 24 * 3600
_TIMES = 5
_WHOLE = (HTTPStatus.OK, HTTPStatus.CREATED)
_MTIME_S = 1_577_836_800  # as in shards: the same file is the same request


@dataclass(frozen=True, slots=True)
class Uploads:
    """What was sent for a release already; a run that was killed is taken up by it.

    A token stands for bytes and a name: two files with the same bytes are sent each.

    Attributes:
        file: Where that is kept.
    """

    file: Path

    def token(self, name: str, sha256: str) -> str | None:
        """Return what stands for a file that was sent, where that is not too long ago."""
        one = self._all().get(f"{sha256}  {name}")
        return str(one["token"]) if one and one["sent_s"] > time.time() - _KEPT_S else None

    def keep(self, name: str, sha256: str, token: str) -> None:
        """Note that a file was sent."""
        noted = self._all() | {
            f"{sha256}  {name}": {"token": token, "sent_s": int(time.time())},
        }
        whole.write(self.file, json.dumps(noted).encode())

    def forget(self) -> None:
        """Forget everything: a version was made of it, or Kaggle did not take it."""
        self.file.unlink(missing_ok=True)

    def _all(self) -> dict[str, Any]:
        try:
            noted = json.loads(self.file.read_bytes())
        except (FileNotFoundError, ValueError):
            return {}
        return noted if isinstance(noted, dict) else {}


def send(api: KaggleApi, file: Path, name: str) -> str:
    """Send one file; return the token that stands for it.

    Args:
        api: The dataset's account.
        file: What to send.
        name: What it is called there.

    Raises:
        ReleaseError: It did not arrive, however often it was gone on with.
    """
    size = file.stat().st_size
    request = ApiStartBlobUploadRequest()
    request.type, request.name, request.content_length = ApiBlobType.DATASET, name, size
    request.last_modified_epoch_seconds = _MTIME_S
    with answers("StartBlobUpload"):
        begun = BlobApiClient(api.http).start_blob_upload(request)
        token, address = str(begun.token), str(begun.create_url)
    if address.partition("://")[0] != api.server.partition("://")[0] or not token:
        raise ReleaseError(f"Kaggle gives no safe address for {name}. It was not sent.")
    for number in range(_TIMES):
        time.sleep(number)
        try:
            there = _arrived(address, size, api.silence_s) if number else 0
            if number and there == size:  # it arrived, and the answer was lost
                return token
            if _put(address, file, there, size, api.silence_s).status_code in _WHOLE:
                return token
        except requests.RequestException:
            continue  # what has arrived is asked before it goes on
    raise ReleaseError(f"{name} did not arrive at Kaggle, in {_TIMES} times.")


def _put(address: str, file: Path, there: int, size: int, silence_s: float) -> requests.Response:
    with file.open("rb") as stream, requests.Session() as session:
        stream.seek(there)
        headers = {"Content-Type": "application/octet-stream"}
        if size:
            headers["Content-Range"] = f"bytes {there}-{size - 1}/{size}"
        data = stream if size else b""
        return session.put(address, data=data, headers=headers, timeout=(10, silence_s))


def _arrived(address: str, size: int, silence_s: float) -> int:
    """Ask how many bytes of a file are there."""
    headers = {"Content-Range": f"bytes */{size}"}
    with requests.Session() as session:
        answer = session.put(address, headers=headers, timeout=(10, silence_s))
    if answer.status_code in _WHOLE:
        return size
    last = answer.headers.get("Range", "").rpartition("-")[2]
    is_part = answer.status_code == HTTPStatus.PERMANENT_REDIRECT and last.isdecimal()
    return int(last) + 1 if is_part else 0
