"""Find the lines of the collection's own tables that people, and not the bot, changed."""

from collections import Counter
from collections.abc import Iterator

from git import Repo
from git.objects import Commit

from flows.collection import committed, manifest_files
from flows.collection.checkout import EMAIL, content_of


def changed_files(repo: Repo, base: Commit, head: Commit) -> list[str]:
    """List the tables under `datasets/` that differ between two commits and are there at the end.

    Shards are named by their index.

    Args:
        repo: The clone of the collection.
        base: Where a branch left the base.
        head: Where it is.
    """
    changed = ("--name-only", "-z", "--no-renames", "--diff-filter=d", base.hexsha, head.hexsha)
    printed = str(repo.git.diff(*changed, "--", "datasets"))
    names = printed.split("\0")
    tables = {name for name in names if name.endswith(".csv")}
    indices = {
        manifest_files.index_path(source)
        for name in filter(manifest_files.is_of_shards, names)
        if (source := manifest_files.source_of(name))
    }
    return sorted(tables | indices)


def lines_by_hand(repo: Repo, base: Commit, head: Commit, path: str) -> Iterator[int]:
    """Return the numbers of the lines that commits of people added to a file or changed in it.

    Args:
        repo: The clone of the collection.
        base: Where a branch left the base.
        head: Where it is.
        path: The file.
    """
    span = f"{base.hexsha}..{head.hexsha}"
    new: Counter[str] = Counter()
    for sha in str(repo.git.log("--no-merges", "--format=%H", span, "--", path)).split():
        commit = repo.commit(sha)
        if commit.author.email == EMAIL and content_of(commit):
            continue
        before = committed.text(commit.parents[0].tree, path) if commit.parents else ""
        new += Counter(committed.text(commit.tree, path).splitlines()) - Counter(
            before.splitlines()
        )
    for number, line in enumerate(committed.text(head.tree, path).splitlines(), 1):
        if number > 1 and new[line]:
            yield number
