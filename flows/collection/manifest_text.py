"""Read files of manifests from git history as text: CSV, whatever holds the rows."""

from git import Repo

from covid19_images.manifest import parquet, shards
from flows.collection import manifest_files


def has_rows(path: str) -> bool:
    """Return whether a file holds rows of a source; an index of shards does not.

    >>> has_rows("datasets/manifest/a.csv"), has_rows("datasets/manifest/b/shards.csv")
    (True, False)
    """
    return manifest_files.source_of(path) is not None and not path.endswith(f"/{shards.INDEX}")


class Texts:
    """Texts of whole manifests in commits; what the one asked for before had too is kept."""

    def __init__(self, repo: Repo) -> None:
        """Read from a clone of the collection."""
        self._repo = repo
        self._kept: dict[str, str] = {}

    def of(self, commit: str, source: str) -> str:
        """Return all rows of a source; empty where it has none.

        Args:
            commit: The commit.
            source: The name of the source.

        Raises:
            ValueError: A file is not readable.
        """
        tree = self._repo.commit(commit).tree
        files = [blob for blob in manifest_files.row_files(tree, source) if blob.size]
        self._kept = {
            blob.hexsha: self._kept.get(blob.hexsha)
            or of_content(str(blob.path), blob.data_stream.read())
            for blob in files
        }
        first, *rest = [self._kept[blob.hexsha] for blob in files] or [""]
        return first + "".join(text.partition("\n")[2] for text in rest)


def of_blob(repo: Repo, path: str, blob: str) -> str:
    """Read a version of a file.

    Args:
        repo: The clone of the collection.
        path: The file.
        blob: Its blob id; zeros where it was deleted.

    Raises:
        ValueError: It is not readable.
    """
    if not blob.strip("0"):
        return ""
    _, _, _, data = repo.git.get_object_data(blob)
    return of_content(path, bytes(data))


def of_content(path: str, content: bytes) -> str:
    """Return rows as CSV, in the order of the file.

    Args:
        path: The file.
        content: What it holds.

    Raises:
        ValueError: It is not readable.
    """
    if not content or not path.endswith(shards.SUFFIX):
        return content.decode("utf-8")
    return parquet.text_of(content, name=path)
