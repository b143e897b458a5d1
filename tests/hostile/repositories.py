"""Upstream repositories that are traps: trees, histories, names and flaws no honest git writes."""

import os
import random
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.hostile import words
from tests.hostile.words import ACTING, MARK
from tests.support.pictures import png
from tests.support.upstream import Upstream, git

Entries = Mapping[bytes, tuple[str, str]]  # mode and object id, by path


def tree(upstream: Upstream, entries: Entries) -> str:
    """Write a tree with any names at all."""
    here: dict[bytes, tuple[str, str]] = {}
    below: dict[bytes, dict[bytes, tuple[str, str]]] = {}
    for path, entry in entries.items():
        first, _, rest = path.partition(b"/")
        if rest:
            below.setdefault(first, {})[rest] = entry
        else:
            here[first] = entry
    here |= {name: ("40000", tree(upstream, inner)) for name, inner in below.items()}
    return raw_tree(upstream, here)


def raw_tree(upstream: Upstream, here: Entries) -> str:
    """Write one folder; git is not asked what it thinks of it."""
    order = sorted(here, key=lambda name: name + b"/" * (here[name][0] == "40000"))
    content = b"".join(
        here[name][0].encode() + b" " + name + b"\0" + bytes.fromhex(here[name][1])
        for name in order
    )
    return _object(upstream, "tree", content)


def _object(upstream: Upstream, kind: str, content: bytes) -> str:
    found = ("hash-object", "-t", kind, "-w", "--literally", "--stdin")
    return git(upstream.folder, *found, stdin=content).strip()


def put(upstream: Upstream, made: str, *, parent: str = "", says: str = "x") -> str:
    """Commit a tree, whatever the words and the date."""
    back = f"parent {parent}\n" if parent else ""
    who = "X <x@example.org> 1584360000 +0000"
    text = f"tree {made}\n{back}author {who}\ncommitter {who}\n\n{says}\n"
    commit = _object(upstream, "commit", text.encode())
    (upstream.folder / "refs" / "heads" / upstream.branch).write_text(
        f"{commit}\n", encoding="ascii"
    )
    return commit


def _good(upstream: Upstream) -> dict[bytes, tuple[str, str]]:
    return {b"images/good.png": ("100644", upstream.blob(png(1)))}


def _nested(upstream: Upstream, folder: str, *, depth: int, wide: int) -> str:
    for _ in range(depth):
        folder = raw_tree(upstream, {b"%d" % n: ("40000", folder) for n in range(wide)})
    return folder


def bomb(upstream: Upstream) -> None:
    """Spell out 10^10 paths with a dozen objects."""
    folder = _nested(upstream, tree(upstream, _good(upstream)), depth=10, wide=10)
    put(upstream, raw_tree(upstream, {b"images": ("40000", folder)}))


def bomb_in_the_past(upstream: Upstream) -> None:
    """Hide the bomb one commit before the tip."""
    bomb(upstream)
    put(upstream, tree(upstream, _good(upstream)), parent=upstream.tip())


def deep(upstream: Upstream) -> None:
    """Nest folders 20,000 deep."""
    folder = tree(upstream, _good(upstream))
    process = subprocess.Popen(
        ["git", "mktree", "--batch", "-z"],
        cwd=upstream.folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process as running:
        assert running.stdin is not None
        assert running.stdout is not None
        for _ in range(20_000):
            running.stdin.write(f"040000 tree {folder}\td\0\0".encode())
            running.stdin.flush()
            folder = running.stdout.readline().decode().strip()
        running.stdin.close()
    put(upstream, raw_tree(upstream, {b"images": ("40000", folder)}))


def flawed(*names: bytes, mode: str = "100644") -> Callable[[Upstream], None]:
    """Make a repository whose tree has names that git's own check refuses."""

    def make(upstream: Upstream) -> None:
        blob = upstream.blob(png(2))
        odd = dict.fromkeys(names, (mode, blob))
        folder = raw_tree(upstream, odd)
        put(upstream, raw_tree(upstream, {b"images": ("40000", folder), **odd}))

    return make


def odd_names(upstream: Upstream) -> None:
    """Commit every odd path at once; a link, a submodule that is itself, and git's own files."""
    content = {
        b"images/link.png": b"../../../etc/passwd",
        b"images/out": b"/",
        b".gitattributes": b"* filter=lfs diff=lfs\n",
        b".lfsconfig": b"[lfs]\nurl = http://127.0.0.1:9/\n",
        b".gitmodules": b'[submodule "a"]\n\tpath = images/self\n\turl = ./.\n\tupdate = !touch ran\n',
    }
    upstream.commit({"images/first.png": png(1)})
    entries = {
        path: (
            mode,
            upstream.tip() if mode == "160000" else upstream.blob(content.get(path, png(n))),
        )
        for n, (path, mode) in enumerate(words.paths().items())
    }
    put(upstream, tree(upstream, entries | _good(upstream)), says="\n".join(ACTING))


def link_for_modules(upstream: Upstream) -> None:
    """Let .gitmodules be a link, as CVE-2018-11235 and its successors do."""
    entries = {b".gitmodules": ("120000", upstream.blob(b"/etc/passwd"))}
    put(upstream, tree(upstream, entries | _good(upstream)))


def option_branches(upstream: Upstream) -> None:
    """Name the default branch, other branches and tags like options of git."""
    upstream.commit({"images/good.png": png(1)})
    tip = upstream.tip()
    for name in ("--upload-pack=touch", "-x", "--output=ran", "@", "a;touch ran", f"@{MARK}"):
        for kind in ("heads", "tags"):
            ref = upstream.folder / "refs" / kind / name
            ref.write_text(f"{tip}\n", encoding="ascii")
    (upstream.folder / "HEAD").write_text("ref: refs/heads/--upload-pack=touch\n", encoding="ascii")


def many_branches(upstream: Upstream) -> None:
    """Have 50,000 branches."""
    upstream.commit({"images/good.png": png(1)})
    tip = upstream.tip()
    lines = "".join(f"{tip} refs/heads/b{n:05}\n" for n in range(50_000))
    (upstream.folder / "packed-refs").write_text(
        f"# pack-refs with: sorted \n{lines}", encoding="ascii"
    )


def large_file(upstream: Upstream) -> None:
    """Hold one file that is larger than any we fetch, between good ones."""
    chance = random.Random(5)
    files = {f"images/{n}.png": png(n) for n in range(6)}
    upstream.commit({**files, "images/large.png": chance.randbytes(40 * 2**20)})


def rotten(upstream: Upstream) -> None:
    """Lose an object that the tip needs."""
    upstream.commit({"images/good.png": png(1)})
    folder = git(upstream.folder, "rev-parse", "HEAD:images").strip()
    (upstream.folder / "objects" / folder[:2] / folder[2:]).unlink()


def _two_commits(upstream: Upstream) -> tuple[str, str]:
    folder = tree(upstream, _good(upstream))
    first = put(upstream, folder)
    return first, put(upstream, folder, parent=first, says="y")


def shallow(upstream: Upstream) -> None:
    """Be a shallow copy: the parent of the tip is missing, and said to be."""
    first, second = _two_commits(upstream)
    (upstream.folder / "shallow").write_text(f"{second}\n", encoding="ascii")
    (upstream.folder / "objects" / first[:2] / first[2:]).unlink()


def without_a_parent(upstream: Upstream) -> None:
    """Lose the parent of the tip."""
    first, _ = _two_commits(upstream)
    (upstream.folder / "objects" / first[:2] / first[2:]).unlink()


def _point(upstream: Upstream, thing: str) -> None:
    ref = upstream.folder / "refs" / "heads" / upstream.branch
    ref.write_text(f"{thing}\n", encoding="ascii")


def branch_is_a_tree(upstream: Upstream) -> None:
    """Let the branch name a tree."""
    _point(upstream, tree(upstream, _good(upstream)))


def branch_is_a_blob(upstream: Upstream) -> None:
    """Let the branch name a blob."""
    _point(upstream, upstream.blob(png(1)))


def branch_is_a_tag(kind: str) -> Callable[[Upstream], None]:
    """Make a repository whose branch names a tag of something."""

    def make(upstream: Upstream) -> None:
        things = {
            "commit": put(upstream, tree(upstream, _good(upstream))),
            "tree": tree(upstream, _good(upstream)),
            "blob": upstream.blob(png(1)),
        }
        who = "X <x@example.org> 1584360000 +0000"
        text = f"object {things[kind]}\ntype {kind}\ntag t\ntagger {who}\n\nx\n"
        _point(upstream, _object(upstream, "tag", text.encode()))

    return make


def tree_is_a_blob(upstream: Upstream) -> None:
    """Let the tip's tree be a blob."""
    put(upstream, upstream.blob(b"no tree"))


def parent_is_a_tree(upstream: Upstream) -> None:
    """Let the tip's parent be a tree."""
    folder = tree(upstream, _good(upstream))
    put(upstream, folder, parent=folder)


def folder_is_a_blob(upstream: Upstream) -> None:
    """Let an entry that is a folder name a blob."""
    put(upstream, raw_tree(upstream, {b"images": ("40000", upstream.blob(png(1)))}))


def pipe_among_objects(upstream: Upstream) -> None:
    """Let an object be a pipe that nobody writes to."""
    upstream.commit({"images/good.png": png(1)})
    folder = git(upstream.folder, "rev-parse", "HEAD^{tree}").strip()
    file = upstream.folder / "objects" / folder[:2] / folder[2:]
    file.unlink()
    os.mkfifo(file)


def pipe_among_refs(upstream: Upstream) -> None:
    """Let the list of refs be a pipe that nobody writes to."""
    upstream.commit({"images/good.png": png(1)})
    os.mkfifo(upstream.folder / "packed-refs")


def empty(upstream: Upstream) -> None:
    """Have no commit at all."""
    del upstream


def not_a_repository(upstream: Upstream) -> None:
    """Be something else."""
    for path in ("HEAD", "config"):
        (upstream.folder / path).write_bytes(b"\0" * 64)


REFUSED: Mapping[str, Callable[[Upstream], None]] = {
    "bomb": bomb,
    "bomb-in-the-past": bomb_in_the_past,
    "deep": deep,
    "dotdot": flawed(b".."),
    "dot": flawed(b"."),
    "dotgit": flawed(b".git"),
    "dotgit-on-mac": flawed(".g\u200cit".encode()),
    "dotgit-on-windows": flawed(b"GIT~1"),
    "full-path": flawed(b"a/b"),
    "empty-name": flawed(b""),
    "odd-mode": flawed(b"x.png", mode="100777"),
    "link-for-modules": link_for_modules,
    "rotten": rotten,
    "shallow": shallow,
    "without-a-parent": without_a_parent,
    "branch-is-a-tree": branch_is_a_tree,
    "branch-is-a-blob": branch_is_a_blob,
    "branch-is-a-tag-of-a-commit": branch_is_a_tag("commit"),
    "branch-is-a-tag-of-a-tree": branch_is_a_tag("tree"),
    "branch-is-a-tag-of-a-blob": branch_is_a_tag("blob"),
    "tree-is-a-blob": tree_is_a_blob,
    "parent-is-a-tree": parent_is_a_tree,
    "folder-is-a-blob": folder_is_a_blob,
    "pipe-among-objects": pipe_among_objects,
    "pipe-among-refs": pipe_among_refs,
    "empty": empty,
    "not-a-repository": not_a_repository,
}
HARMLESS: Mapping[str, Callable[[Upstream], None]] = {
    "odd-names": odd_names,
    "option-branches": option_branches,
    "many-branches": many_branches,
    "large-file": large_file,
}
# Addresses that never reach git; {ran} is a file that must not come to be.
URLS = {
    "url-ext": "ext::sh%20-c%20touch%20{ran}",
    "url-elsewhere": "https://127.0.0.1:9/x.git",
    "url-ssh-option": "ssh://-oProxyCommand=touch%20{ran}/x",
    "url-other-file": "file://elsewhere.example/x.git",
    "url-git": "git://github.com/owner/name",
    "url-plain": "/srv/name.git",
}


def make(name: str, folder: Path) -> Upstream:
    """Make one of the repositories."""
    upstream = Upstream(folder / f"{name}.git")
    {**REFUSED, **HARMLESS}[name](upstream)
    return upstream
