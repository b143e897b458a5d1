"""The methods of the emulated Kaggle: their messages are those of its own client."""

import hashlib
import io
import tarfile
from collections.abc import Callable
from typing import Any

from kagglesdk.blobs.types.blob_api_service import ApiStartBlobUploadRequest
from kagglesdk.datasets.databundles.types.databundle_api_types import ApiDirectoryContent
from kagglesdk.datasets.types import dataset_api_service as forms
from kagglesdk.kaggle_object import KaggleObject
from kagglesdk.kernels.types.kernels_api_service import ApiSaveKernelRequest

from tests.support.kaggle.account import Kaggle, RefusedError, Upload, Version

_SAVE = "kernels.KernelsApiService/SaveKernel"
_LICENCES = ("CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-SA-4.0", "other", "unknown")
_DAY = "2026-11-23T00:00:00Z"


def checked(form: type[KaggleObject], says: Any, where: str) -> dict[str, Any]:
    """Look whether a message has the fields and types of the client's own, and no others."""
    known = {one.json_name: one for one in form._fields}
    for name, value in says.items():
        if name not in known:
            raise RefusedError(400, f"{where} has no field {name}")
        kind = known[name].field_type
        many = value if isinstance(value, list) else [value]
        for one in many:
            if isinstance(kind, type) and issubclass(kind, KaggleObject):
                checked(kind, one, f"{where}.{name}")
            elif kind in (str, int, bool) and type(one) is not kind:
                raise RefusedError(400, f"{where}.{name} is {one!r}")
    return dict(says)


def _of(there: Kaggle, says: dict[str, Any]) -> None:
    named = f"{says['ownerSlug']}/{says.get('datasetSlug') or says.get('slug')}"
    if named != there.repository or (not there.versions and "datasetSlug" in says):
        raise RefusedError(403, "Permission 'datasets.get' was denied")


def unpacked(name: str, content: bytes) -> dict[str, bytes]:
    """Return what becomes of a file: a tar becomes a folder of its name."""
    stem, _, ending = name.rpartition(".")
    if ending != "tar":
        return {name: content}
    try:
        with tarfile.open(fileobj=io.BytesIO(content)) as tar:
            files = [one for one in tar if one.isfile()]
            return {f"{stem}/{f.name}": tar.extractfile(f).read() for f in files}  # type: ignore[union-attr]
    except tarfile.TarError:
        return {name: content}


def _add(there: Kaggle, says: dict[str, Any], notes: str) -> Any:
    if not 20 <= len(says.get("subtitle", "")) <= 80 or not says.get("files"):
        raise RefusedError(400, f"a subtitle of 20 to 80 characters, and files: {says.keys()}")
    uploads = []
    for file in says["files"]:
        one = there.uploads.get(file["token"])
        if one is None or one.used or len(one.content) != one.size:
            return {"status": "error", "error": "Invalid token."}
        uploads.append(one)
    if len({one.name for one in uploads}) < len(uploads):
        raise RefusedError(400, "a name twice")
    files: dict[str, bytes] = {}
    for one in uploads:
        one.used = True
        found = unpacked(one.name, one.content)
        files |= {path: there.once(content) for path, content in found.items()}
    number = len(there.versions) + 1
    if says.get("deleteOldVersions"):
        for old in there.versions:
            old.status, old.files = "Deleted", {}
    status = "Failed" if there.fails else "Ready"
    status = "BlobsReceived" if there.lag else status
    there.waits = there.lag
    there.versions.append(Version(number, notes, says.get("description", ""), files, status))
    where = f"/datasets/{there.repository}"
    return {"ref": where, "url": f"https://www.kaggle.com{where}", "status": "ok", "error": ""}


def _create(there: Kaggle, says: dict[str, Any]) -> Any:
    _of(there, says)
    if there.versions:
        return {"status": "error", "error": "The requested slug is already in use by a dataset."}
    good = (
        6 <= len(says["slug"]) <= 50
        and 6 <= len(says["title"]) <= 50
        and says["licenseName"] in _LICENCES
        and says.get("isPrivate") is True
    )
    if not good:
        raise RefusedError(400, f"{says}")
    there.about = says
    return _add(there, says, "Initial release")


def _create_version(there: Kaggle, says: dict[str, Any]) -> Any:
    _of(there, says)
    return _add(there, says["body"], says["body"]["versionNotes"])


def _get(there: Kaggle, says: dict[str, Any]) -> Any:
    _of(there, says)
    listed = [one for one in there.there if one.status != "BlobsReceived"]
    ready = [one for one in listed if one.status == "Ready"]
    versions = [
        {
            "versionNumber": one.number,
            "creationDate": _DAY,
            "versionNotes": one.notes,
            "status": one.status,
        }
        for one in listed
    ]
    newest = {"currentVersionNumber": ready[-1].number} if ready else {}
    return {"id": 7, "ref": there.repository, "lastUpdated": _DAY, "versions": versions, **newest}


def _status(there: Kaggle, says: dict[str, Any]) -> Any:
    _of(there, says)
    last = there.versions[-1]
    words = {"BlobsReceived": "blobsReceived", "Ready": "ready", "Failed": "failed"}
    return {"status": words[last.status]}


def _tree(there: Kaggle, says: dict[str, Any]) -> Any:
    _of(there, says)
    files = there.version(says.get("datasetVersionNumber")).files
    folder = f"{says['path'].strip('/')}/" if says.get("path") else ""
    below = {
        path.removeprefix(folder): len(files[path]) for path in files if path.startswith(folder)
    }
    names = sorted({path.partition("/")[0] for path in below})
    begin, size = int(says.get("pageToken") or 0), int(says.get("pageSize") or 20)
    if size > 200:
        raise RefusedError(400, "pageSize")
    page = names[begin : begin + size]
    answer = {
        "files": [
            {"name": n, "relativeUrl": f"{folder}{n}", "totalBytes": below[n], "creationDate": _DAY}
            for n in page
            if n in below
        ],
        "directories": [
            {
                "name": n,
                "relativeUrl": f"{folder}{n}",
                "totalFiles": sum(path.startswith(f"{n}/") for path in below),
            }
            for n in page
            if n not in below
        ],
    }
    if begin + size < len(names):
        answer["nextPageToken"] = str(begin + size)  # type: ignore[assignment]
    return checked(ApiDirectoryContent, answer, "ListTreeDatasetFiles")


def _download(there: Kaggle, says: dict[str, Any]) -> Any:
    _of(there, says)
    one, name = there.version(says.get("datasetVersionNumber")), says.get("fileName")
    if name is not None and name not in one.files:
        raise RefusedError(404, "File not found")
    return f"{there.storage}/{one.number}/{name or 'archive.zip'}"


def _start(there: Kaggle, says: dict[str, Any]) -> Any:
    if says["type"] != "DATASET" or "/" in says["name"]:
        raise RefusedError(400, f"{says}")
    token = f"t{len(there.uploads)}-{hashlib.sha256(repr(says).encode()).hexdigest()[:8]}"
    there.uploads[token] = Upload(says["name"], says.get("contentLength", 0))
    return {"token": token, "createUrl": f"{there.storage}/upload/{token}"}


def _save_notebook(there: Kaggle, says: dict[str, Any]) -> Any:
    there.notebooks[says["slug"]] = says
    return {"ref": f"/code/{says['slug']}", "versionNumber": 1}


METHODS: dict[str, tuple[type[KaggleObject], Callable[[Kaggle, dict[str, Any]], Any]]] = {
    "blobs.BlobApiService/StartBlobUpload": (ApiStartBlobUploadRequest, _start),
    "datasets.DatasetApiService/CreateDataset": (forms.ApiCreateDatasetRequest, _create),
    "datasets.DatasetApiService/CreateDatasetVersion": (
        forms.ApiCreateDatasetVersionRequest,
        _create_version,
    ),
    "datasets.DatasetApiService/GetDataset": (forms.ApiGetDatasetRequest, _get),
    "datasets.DatasetApiService/GetDatasetStatus": (forms.ApiGetDatasetStatusRequest, _status),
    "datasets.DatasetApiService/ListTreeDatasetFiles": (
        forms.ApiListTreeDatasetFilesRequest,
        _tree,
    ),
    _SAVE: (ApiSaveKernelRequest, _save_notebook),
    "datasets.DatasetApiService/DownloadDataset": (forms.ApiDownloadDatasetRequest, _download),
}
