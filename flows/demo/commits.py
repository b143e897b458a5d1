"""Write commits into bare repositories, the same bytes every time."""

import os
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Commit:
    """What one commit changes; `day` counts from 15 March 2020."""

    subject: str
    day: int
    files: Mapping[str, bytes]
    removed: Sequence[str] = ()
    renamed: Sequence[tuple[str, str]] = ()


def add(repository: Path, branch: str, commits: Iterable[Commit]) -> None:
    """Add commits to a branch, which may be new."""
    ref = f"refs/heads/{branch}"
    begun = git(repository, "for-each-ref", ref)
    stream = bytearray()
    for commit in commits:
        who = f"Synthetic Owner <owner@example.org> {1584230400 + 86400 * commit.day} +0000"
        subject = commit.subject.encode()
        stream += f"commit {ref}\nauthor {who}\ncommitter {who}\ndata {len(subject)}\n".encode()
        stream += subject + b"\n" + (f"from {ref}^0\n".encode() if begun else b"")
        begun = b""
        stream += "".join(f"D {path}\n" for path in commit.removed).encode()
        stream += "".join(f"R {old} {new}\n" for old, new in commit.renamed).encode()
        for path, content in commit.files.items():
            stream += f"M 100644 inline {path}\ndata {len(content)}\n".encode() + content + b"\n"
    git(repository, "fast-import", "--quiet", stdin=bytes(stream))


def git(repository: Path, *args: str, stdin: bytes = b"") -> bytes:
    """Run git with nothing of the caller's configuration."""
    alone = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}
    environment = {"PATH": os.environ.get("PATH", os.defpath)} | alone
    command = ["git", "--git-dir", str(repository), *args]
    done = subprocess.run(command, input=stdin, env=environment, stdout=subprocess.PIPE, check=True)
    return done.stdout
