"""`python -m flows check`: what a person changed by hand, before it is merged."""

import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Annotated

import git
import typer
from git.objects import Commit, Tree

from covid19_images.manifest import (
    mask,
    parquet,
    shards,
    splits,
    table,
    volume,
    volume_pair,
)
from covid19_images.manifest.record import Record
from covid19_images.manifest.shards import Shard
from covid19_images.manifest.statements import conflicts
from flows.cli.exits import Exit, handle_errors
from flows.cli.options import InCheckout
from flows.collection import (
    committed,
    duplicates,
    manifest_diff,
    manifest_files,
    problems,
    state,
    withdrawn_links,
)
from flows.collection.by_hand import changed_files, lines_by_hand
from flows.collection.checkout import Checkout, CheckoutError
from flows.config import load
from flows.config.load import ConfigError
from flows.config.place import line_of_error
from flows.night.reporting.annotations import Remark, annotation, plain
from flows.text.escape import log_line
from flows.text.plural import plural

_LINE = re.compile(r",? ?\bline (\d+)\b")
_BY_HAND = (
    "the bot writes these rows: the next night that describes the source writes them anew. Say it "
    "in config/sources (how labels are read) or config/decisions.toml instead"
)
_REMOVED = "a night writes only those anew whose files are in the upstream still"
_MOST = 50  # remarks; GitHub shows ten of a step
_NOTHING = " Nothing was changed."


def check(
    base: Annotated[
        str, typer.Option(help="The branch or commit it will be merged into.")
    ] = "origin/main",
    checkout: InCheckout = Path(),
) -> None:
    """Check configuration, decisions and tables that people changed, each at its file and line.

    On GitHub Actions the remarks are annotations. Exit codes: 0 nothing is wrong, 1 something is,
    2 usage.
    """
    folder = checkout.resolve()
    with handle_errors():
        opened = Checkout(folder)
        head = _head(opened)
        since = _merge_base(opened, base, head)
        remarks = sorted({*of_config(folder), *of_tables(opened, since, head)})
    show = annotation if os.environ.get("GITHUB_ACTIONS") == "true" else plain
    for remark in remarks[:_MOST]:
        typer.echo(show(remark))
    errors = sum(remark.level == "error" for remark in remarks)
    typer.echo(f"{plural(errors, 'errors')}, {plural(len(remarks) - errors, 'warnings')}.")
    raise typer.Exit(Exit.INCOMPLETE if errors else Exit.DONE)


def _head(opened: Checkout) -> Commit:
    try:
        return opened.repo.head.commit
    except ValueError:
        raise CheckoutError(
            "The clone has no commit yet. Nothing was checked; commit something, or name another."
        ) from None


def _merge_base(opened: Checkout, base: str, head: Commit) -> Commit:
    try:
        [since] = opened.repo.merge_base(opened.repo.commit(base), head)[:1]
    except (IndexError, ValueError, git.BadName, git.GitCommandError):
        raise CheckoutError(
            f"{base} is no commit that this one has a history in common with. Name the branch it "
            "goes into with --base; on Actions, check out with fetch-depth: 0."
        ) from None
    return since


def of_config(folder: Path) -> Iterator[Remark]:
    """Check every file of `config/` by itself, and then all of it together.

    Args:
        folder: The checkout.
    """
    for file in sorted((folder / "config" / "sources").glob("*.toml")):
        try:
            load.parse_source(file.read_text(encoding="utf-8"), file)
        except ConfigError as error:
            yield _remark(folder, error)
        except UnicodeDecodeError:
            yield Remark(file.relative_to(folder).as_posix(), 1, "the file is not UTF-8")
        except OSError as error:
            says = f"the file cannot be read ({error.strerror})"
            yield Remark(file.relative_to(folder).as_posix(), 1, says)
    try:
        load.load(folder / "config")
    except ConfigError as error:
        yield _remark(folder, error)


def _remark(folder: Path, error: ConfigError) -> Remark:
    """Point at the file and line that an error of the configuration names."""
    message = str(error).removesuffix(_NOTHING)
    name, _, says = message.partition(": ")
    file = Path(name)
    if not says or not file.is_relative_to(folder):
        return Remark("config/policy.toml", 1, message)
    text = file.read_bytes().decode("utf-8", "replace") if file.is_file() else ""
    return Remark(file.relative_to(folder).as_posix(), line_of_error(text, says), says)


def of_tables(opened: Checkout, since: Commit, head: Commit) -> Iterator[Remark]:
    """Check the tables under `datasets/` that differ from the base.

    Args:
        opened: The clone of the collection.
        since: Where this branch left the base.
        head: Where it is.
    """
    yield from _removed(since.tree, head.tree)
    for path in changed_files(opened.repo, since, head):
        try:
            text = committed.text(head.tree, path)
            numbers = list(lines_by_hand(opened.repo, since, head, path))
            if numbers:
                rows = f"{plural(len(numbers), 'lines')} changed by hand; {_BY_HAND}"
                yield Remark(path, numbers[0], rows, "warning")
            if manifest_files.is_of_shards(path):
                yield from _of_shards(head.tree, path, text)
            else:
                yield from _of_table(path, text, committed.text(since.tree, path))
        except ValueError as error:  # every reader of a table raises one with file and line
            yield _of_reader(path, str(error))


def _of_table(path: str, text: str, before: str) -> Iterator[Remark]:
    if PurePosixPath(path).parent.name == "manifest":
        records = table.loads(text, name=path)
        numbers = {record.key: number for number, record in enumerate(records, 2)}
        yield from _of_rows(path, PurePosixPath(path).stem, records, numbers)
        yield from _as_written(path, text, table.dumps(records))
    elif path == state.SPLITS:
        splits.loads(text, name=path)
        if not text.startswith(before):
            yield Remark(path, 1, "lines of the ledger were changed; it is only ever appended to")
    elif path in _READERS:
        _READERS[path](text)


def _sources(text: str) -> None:
    """Raise where a source stands twice; of two lines a night reads the later."""
    seen = Counter(row.source for row in state.loads(text))
    for name, count in seen.items():
        if count > 1:
            raise ValueError(f"{state.SOURCES}: {name} stands there {count} times")


_READERS: Mapping[str, Callable[[str], object]] = {
    state.CONFLICTS: conflicts.loads,
    state.DUPLICATES: duplicates.loads,
    state.PROBLEMS: problems.loads,
    state.SOURCES: _sources,
    state.VOLUMES: volume.loads,
    state.SLICES: volume.loads_slices,
    state.MASKS: mask.loads,
    state.VOLUME_PAIRS: volume_pair.loads,
    state.VOLUME_LINKS: withdrawn_links.loads,
}


def _of_shards(tree: Tree, path: str, text: str) -> Iterator[Remark]:
    """Check all shards of a source, at the lines of their index."""
    source = PurePosixPath(path).parent.name
    if not text:
        if not committed.content(tree, manifest_files.csv_path(source)):
            yield Remark(path, 1, "the index of these shards is not there, so nobody reads them")
        return
    index = shards.loads(text, name=path)
    yield from _unread(tree, path, source, index)
    records = manifest_files.rows_of_shards(tree, source, index)
    numbers: dict[str, int] = {}
    rest = iter(records)
    for number, shard in enumerate(index, 2):
        part = list(islice(rest, shard.rows))
        numbers |= dict.fromkeys((record.key for record in part), number)
        if parquet.rows_sha256(part) != shard.rows_sha256:
            yield Remark(path, number, f"rows_sha256 is not that of the rows of {shard.file}")
    yield from _of_rows(path, source, records, numbers)
    yield from _as_written(path, text, shards.dumps(index))


def _unread(tree: Tree, path: str, source: str, index: Iterable[Shard]) -> Iterator[Remark]:
    """Name files beside an index that nobody reads."""
    if committed.content(tree, manifest_files.csv_path(source)):
        yield Remark(path, 1, f"{source} has a CSV and shards; one of them belongs to no source")
    named = {shards.INDEX, *(shard.file for shard in index)}
    folder = str(PurePosixPath(path).parent)
    for file in sorted({PurePosixPath(blob.path).name for blob in committed.files(tree, folder)}):
        if file not in named:
            yield Remark(path, 1, f"the index does not name {log_line(file)}, so nobody reads it")


def _removed(since: Tree, head: Tree) -> Iterator[Remark]:
    """Count the rows of each source that are there no more; the bot itself removes none."""
    try:
        changes = manifest_diff.between(since, head)
    except ValueError:  # which is an error of the file that cannot be read
        return
    gone = Counter(one.before.source for one in changes if one.before and not one.after)
    for name, count in sorted(gone.items()):
        words = f"{plural(count, 'rows')} of {name} are not there any more; {_REMOVED}"
        yield Remark(manifest_files.csv_path(name), 1, words, "warning")


def _of_rows(
    path: str, name: str, records: Sequence[Record], numbers: Mapping[str, int]
) -> Iterator[Remark]:
    """Check the rows of a source against each other; each has the number of a line."""
    own = {f"{record.source}/" for record in records}
    for problem in table.validate(records):
        key = max((key for key in numbers if problem.startswith(f"{key}: ")), key=len, default="")
        if "which is not in the manifest" in problem and not any(
            f"is a duplicate of {source}" in problem for source in own
        ):
            continue  # a copy of another source's picture
        yield Remark(path, numbers.get(key, 1), problem)
    if other := next((one for one in records if one.source != name), None):
        yield Remark(path, numbers[other.key], f"source is {other.source!r} in the file of {name}")


def _as_written(path: str, text: str, written: str) -> Iterator[Remark]:
    """Check that a file is written as the bot writes it."""
    if written != text:
        pairs = enumerate(zip(written.splitlines(), text.splitlines(), strict=False), 1)
        line = next((number for number, (a, b) in pairs if a != b), 1)
        yield Remark(path, line, "not as the bot writes it: rows by path, quoted as RFC 4180, LF")


def _of_reader(path: str, message: str) -> Remark:
    found = _LINE.search(message)
    says = _LINE.sub("", message.removeprefix(path), count=1).lstrip(":, ").rstrip(".")
    return Remark(path, int(found[1]) if found else 1, says or message)
