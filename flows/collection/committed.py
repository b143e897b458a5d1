"""Read files of a commit's tree."""

from git.objects import Blob, Tree


def blob(tree: Tree, path: str) -> Blob | None:
    """Return a file of a tree; `None` where there is none."""
    try:
        found = tree / path
    except KeyError:
        return None
    return found if isinstance(found, Blob) else None


def content(tree: Tree, path: str) -> bytes | None:
    """Read a file of a tree; `None` where there is none."""
    found = blob(tree, path)
    return bytes(found.data_stream.read()) if found else None


def text(tree: Tree, path: str) -> str:
    """Read a text file of a tree; empty where there is none.

    Raises:
        ValueError: It is not UTF-8.
    """
    return decoded(content(tree, path) or b"", path)


def decoded(raw: bytes, path: str) -> str:
    """Return the text of a file.

    Raises:
        ValueError: It is not UTF-8.
    """
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: not UTF-8 at byte {error.start}.") from None


def folder(tree: Tree, path: str) -> Tree | None:
    """Return a folder of a tree; `None` where there is none."""
    try:
        found = tree / path
    except KeyError:
        return None
    return found if isinstance(found, Tree) else None


def files(tree: Tree, path: str) -> list[Blob]:
    """List the files of a folder, without those of folders in it."""
    found = folder(tree, path)
    return list(found.blobs) if found else []
