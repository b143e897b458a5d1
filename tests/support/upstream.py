"""Upstream repositories for tests: real ones, written without a working tree."""

import hashlib
import os
import subprocess
import zlib
from collections.abc import Mapping
from pathlib import Path

_ENV = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Upstream",
    "GIT_AUTHOR_EMAIL": "upstream@example.org",
    "GIT_COMMITTER_NAME": "Upstream",
    "GIT_COMMITTER_EMAIL": "upstream@example.org",
}


def git(folder: Path, *args: str, stdin: bytes = b"", **env: str) -> str:
    """Run git without the machine's configuration."""
    return subprocess.run(
        ["git", *args],
        cwd=folder,
        input=stdin,
        env=os.environ | _ENV | env,
        check=True,
        capture_output=True,
    ).stdout.decode()


class Upstream:
    """A bare repository somebody else owns."""

    def __init__(self, folder: Path, *, branch: str = "master") -> None:
        self.folder = folder
        self.branch = branch
        if not folder.exists():
            folder.mkdir(parents=True)
            git(folder, "init", "--quiet", "--bare", f"--initial-branch={branch}")
            self._answer_all()

    def _answer_all(self) -> None:
        with (self.folder / "config").open("a", encoding="utf-8") as file:
            file.write("[uploadpack]\n\tallowFilter = true\n\tallowAnySHA1InWant = true\n")

    @classmethod
    def from_bundle(cls, bundle: Path, folder: Path) -> "Upstream":
        """Clone a bundle of a real history."""
        git(bundle.parent, "clone", "--quiet", "--bare", str(bundle), str(folder))
        made = cls(folder)
        made._answer_all()
        return made

    @property
    def url(self) -> str:
        """Its address."""
        return f"file://{self.folder}"

    def commit(
        self,
        files: Mapping[str, bytes | None],
        *,
        date: str = "2020-03-16T12:00:00Z",
        modes: Mapping[str, str] | None = None,
        message: str = "update",
    ) -> str:
        """Change files in a new commit on the branch; `None` deletes, a mode of 160000 links."""
        index = {"GIT_INDEX_FILE": str(self.folder / "test-index")}
        (self.folder / "test-index").unlink(missing_ok=True)
        tip = self.tip()
        if tip:
            git(self.folder, "read-tree", tip, **index)
        lines = b""
        for path, content in files.items():
            mode = (modes or {}).get(path, "100644")
            if content is None:
                lines += b"0 " + b"0" * 40 + b"\t" + path.encode() + b"\0"
                continue
            blob = content.decode() if mode == "160000" else self.blob(content)
            lines += f"{mode} {blob}\t{path}\0".encode("utf-8", "surrogateescape")
        git(self.folder, "update-index", "-z", "--index-info", stdin=lines, **index)
        tree = git(self.folder, "write-tree", **index).strip()
        dates = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
        parent = ["-p", tip] if tip else []
        made = git(self.folder, "commit-tree", tree, *parent, "-m", message, **dates).strip()
        self.reset(made)
        return made

    def blob(self, content: bytes) -> str:
        """Store a blob and give its id: what `git hash-object -w` does, without a process."""
        stored = b"blob %d\0%b" % (len(content), content)
        name = hashlib.sha1(stored, usedforsecurity=False).hexdigest()
        file = self.folder / "objects" / name[:2] / name[2:]
        if not file.exists():
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(zlib.compress(stored, 1))
        return name

    def tip(self) -> str:
        """Return the branch's commit, or nothing."""
        refs = git(
            self.folder, "for-each-ref", "--format=%(objectname)", f"refs/heads/{self.branch}"
        )
        return refs.strip()

    def reset(self, commit: str) -> None:
        """Point the branch at a commit."""
        git(self.folder, "update-ref", f"refs/heads/{self.branch}", commit)
