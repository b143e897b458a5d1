"""A clone of the emulated collection, for tests that push."""

import os
import subprocess
from pathlib import Path

from tests.support.github.hub import Hub


class Checkout:
    """A working tree whose git knows the bot's token for one command at a time."""

    def __init__(self, hub: Hub, folder: Path, *, token: str = Hub.token) -> None:
        self.hub = hub
        self.folder = folder
        self.token = token
        self.git("clone", "--quiet", hub.clone_url, str(folder), cwd=folder.parent)

    def git(self, *args: str, cwd: Path | None = None) -> str:
        """Run git; raise with what it said where it fails."""
        run = subprocess.run(
            ["git", *args],
            cwd=cwd or self.folder,
            env=os.environ | self.hub.git_env(self.token),
            check=False,
            capture_output=True,
            text=True,
        )
        if run.returncode:
            raise PushRefused(run.stderr)
        return run.stdout.strip()

    def commit(self, branch: str, content: str = "night", *, file: str = "night.txt") -> str:
        """Commit one file onto a branch that starts from main; give the commit."""
        self.git("checkout", "--quiet", "-B", branch, "origin/main")
        (self.folder / file).write_text(content)
        self.git("add", file)
        self.git("commit", "--quiet", "-m", f"{file}: {content}")
        return self.git("rev-parse", "HEAD")

    def push(self, branch: str, *options: str) -> None:
        """Push a branch."""
        self.git("push", "--quiet", *options, "origin", branch)


class PushRefused(Exception):  # noqa: N818 - the name is the sentence a test reads
    """Git could not do it; the text is what it said."""
