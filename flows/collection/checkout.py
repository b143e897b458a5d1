"""Open the checkout of the collection, and write proposals as commits in it.

The working tree is never touched: files come from the base commit's tree, and a proposal is
built with an index of its own.
"""

import datetime as dt
import io
import os
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

import git
from git.objects import Blob, Commit
from gitdb import IStream

from flows.collection import state
from flows.collection.state import State

NAME, EMAIL = "covid19-images bot", "bot@covid19-images.invalid"
_NO_BLOB = "0" * 40
_TRAILER = re.compile(r"^Content: ([0-9a-f]{64})$", re.MULTILINE)


class CheckoutError(Exception):
    """Raised for a folder that cannot be worked in: why, and what to do."""


def _entry(commit: Commit, path: str) -> str | None:
    """Return the object at a path; `None` where there is none."""
    try:
        return str((commit.tree / path).hexsha)
    except KeyError:
        return None


def message_of(title: str, content_hash: str) -> str:
    """Write the message of a proposal's commit; `content_of` reads the digest back."""
    return f"{title}\n\nContent: {content_hash}\n"


def content_of(commit: Commit) -> str | None:
    """Read the digest of what a commit proposes, if the bot made it."""
    found = _TRAILER.search(str(commit.message))
    return found[1] if found else None


def _why_not(folder: Path, stderr: str) -> str:
    """Return why git does not work in a folder, and what to do."""
    words = " ".join(stderr.removeprefix("\n  stderr: ").strip(" '\n").split())[-300:]
    if "dubious ownership" in stderr:
        return (
            f"{folder} belongs to another user, so git refuses to work in it. Where you trust it: "
            f"git config --global --add safe.directory {folder}"
        )
    return f"git does not work in {folder}: {words}. Mend what it names, and run again."


class Checkout:
    """A clone of the collection's repository."""

    def __init__(self, folder: Path) -> None:
        """Open it.

        Raises:
            CheckoutError: When the folder is no git repository, or git does not work in it.
        """
        if shutil.which("git") is None:
            raise CheckoutError("git is not there. Install it, or add it to PATH.")
        if shutil.which("prlimit") is None:
            raise CheckoutError("prlimit is not there, which bounds git. Install util-linux.")
        try:
            self.repo = git.Repo(folder)
            self.repo.git.rev_parse("--git-dir")
        except git.GitCommandError as error:
            raise CheckoutError(_why_not(folder, str(error.stderr))) from None
        except (git.InvalidGitRepositoryError, git.NoSuchPathError):
            raise CheckoutError(
                f"{folder} is not a git repository. Run this inside a clone of covid19-images."
            ) from None
        self.folder = folder

    def __contains__(self, sha: str) -> bool:
        """Return whether a commit is here."""
        try:
            return self.repo.commit(sha).type == "commit"
        except (ValueError, git.BadName):
            return False

    def branch(self, name: str) -> Commit | None:
        """Find the commit of a local branch."""
        head = next((head for head in self.repo.heads if head.name == name), None)
        return head.commit if head else None

    def try_branch(self, name: str) -> str | None:
        """Return why a branch could not be written now, without writing it; `None` where it could.

        Args:
            name: The branch.
        """
        asked = f"start\nupdate refs/heads/{name} {self.repo.head.commit.hexsha}\nprepare\nabort\n"
        with tempfile.TemporaryFile() as stream:
            stream.write(asked.encode())
            stream.seek(0)
            try:
                self.repo.git.update_ref("--stdin", istream=stream)
            except git.GitCommandError as error:
                words = " ".join(str(error.stderr).split())[-200:]
                return f"{self.why_no_branch(name) or ''} git says: {words}".strip()
        return None

    def why_no_branch(self, name: str) -> str | None:
        """Return what keeps a branch from being written, and what to do; `None` where nothing does.

        Args:
            name: The branch.
        """
        common = Path(self.repo.common_dir)
        lock = common / "refs" / "heads" / f"{name}.lock"
        if lock.exists():
            return f"A git that was killed left {lock}; delete it when no git runs, and run again."
        for parent in list(PurePosixPath(name).parents)[:-1]:
            if self.branch(str(parent)) is not None:
                return (
                    f"There is a branch {parent}, and git cannot have {name} beside it; rename it "
                    f"(git branch -m {parent} OTHER), or name another `branch` in policy.toml."
                )
        hook = common / "hooks" / "reference-transaction"
        if os.access(hook, os.X_OK):
            return f"The hook {hook} may refuse it; run it by hand, or remove it, and run again."
        return None

    def base(self, name: str) -> Commit:
        """Find the commit proposals are measured against: a branch, or HEAD where it is missing.

        Raises:
            CheckoutError: When there is no commit at all.
        """
        found = self.branch(name)
        if found is not None:
            return found
        try:
            return self.repo.head.commit
        except ValueError:
            raise CheckoutError(
                f"{self.folder} has no commit yet. Commit your files first."
            ) from None

    def tables(self, base: Commit) -> dict[str, str]:
        """Return the blob ids of the collection's tables at a commit, by path; none is read."""
        return state.tables_of(base.tree)

    def state(self, base: Commit, *, on_demand: bool = False) -> State:
        """Read what the collection holds at a commit.

        Args:
            base: The commit.
            on_demand: Whether rows are read when they are asked for only: of tables that a night
                wrote or read before.

        Raises:
            CheckoutError: When a file there is not what we write.
        """
        try:
            return state.read(base.hexsha, base.tree, on_demand=on_demand)
        except ValueError as error:
            raise CheckoutError(
                f"The collection at {base.hexsha[:12]} cannot be read: {error} Nothing was changed."
                " Restore that file from an earlier commit, or delete it to have it written anew."
            ) from None

    def same_collection(self, one: Commit, other: Commit) -> bool:
        """Return whether two commits hold the same collection and configuration."""
        return all(
            _entry(one, path) == _entry(other, path)
            for path in ("datasets", "config", state.GITMODULES)
        )

    def text(self, commit: Commit, path: str) -> str:
        """Read a text file of a commit; empty where there is none."""
        try:
            found = commit.tree / path
        except KeyError:
            return ""
        return str(found.data_stream.read().decode("utf-8"))

    def stems(self, commit: Commit, folder: str) -> list[str]:
        """List the files of a folder of a commit, without what their names end in."""
        try:
            found = commit.tree / folder
        except KeyError:
            return []
        return [PurePosixPath(str(blob.path)).stem for blob in found.blobs]

    def write(
        self,
        base: Commit,
        files: Mapping[str, bytes | None],
        pins: Mapping[str, str],
        message: str,
        now: dt.datetime,
    ) -> Commit:
        """Make a commit on top of base, on no branch.

        Args:
            base: The parent.
            files: Contents by path; `None` deletes.
            pins: Submodule commits by source name.
            message: The commit message.
            now: The commit's date.
        """
        lines = [f"160000 {pin}\tdatasets/{name}" for name, pin in sorted(pins.items())]
        for path, data in sorted(files.items()):
            lines.append(f"0 {_NO_BLOB}\t{path}" if data is None else self._line(path, data))
        tree = self._tree(base, "".join(f"{line}\n" for line in lines))
        return self._commit(tree, [base], message, now)

    def pictures(self, files: Mapping[str, bytes], message: str) -> Commit:
        """Make a commit without a parent that holds some files; the same files, the same commit.

        Args:
            files: Contents by path.
            message: The commit message.
        """
        lines = [self._line(path, data) for path, data in sorted(files.items())]
        tree = self._tree(None, "".join(f"{line}\n" for line in lines))
        return self._commit(tree, [], message, dt.datetime.fromtimestamp(0, dt.UTC))

    def keeping(
        self, earlier: Commit | None, kept: Commit, message: str, now: dt.datetime
    ) -> Commit:
        """Make a commit that keeps another one reachable, and all that an earlier one kept.

        Args:
            earlier: The commit it follows.
            kept: The commit that must not be lost; its files are shown.
            message: The commit message.
            now: The commit's date.
        """
        parents = [one for one in (earlier, kept) if one is not None]
        return self._commit(kept.tree.hexsha, parents, message, now)

    def _commit(
        self, tree: str, parents: Sequence[Commit], message: str, now: dt.datetime
    ) -> Commit:
        date = f"@{int(now.timestamp())} +0000"
        identity = {
            f"GIT_{role}_{key}": value
            for role in ("AUTHOR", "COMMITTER")
            for key, value in (("NAME", NAME), ("EMAIL", EMAIL), ("DATE", date))
        }
        with self.repo.git.custom_environment(**identity):
            options = [word for one in parents for word in ("-p", one.hexsha)]
            return self.repo.commit(self.repo.git.commit_tree(tree, *options, "-m", message))

    def _line(self, path: str, data: bytes) -> str:
        blob = self.repo.odb.store(IStream(Blob.type, len(data), io.BytesIO(data)))
        return f"100644 {blob.hexsha.decode()}\t{path}"

    def _tree(self, base: Commit | None, lines: str) -> str:
        with tempfile.TemporaryDirectory() as scratch:
            listed = Path(scratch, "lines")
            listed.write_text(lines, encoding="utf-8")
            with self.repo.git.custom_environment(GIT_INDEX_FILE=str(Path(scratch, "index"))):
                if base:
                    self.repo.git.read_tree(base.hexsha)
                with listed.open("rb") as stream:
                    self.repo.git.update_index("--index-info", istream=stream)
                return str(self.repo.git.write_tree())
