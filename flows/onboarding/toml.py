"""Write the TOML of a source from what was found; what is not certain has the mark `# ?`."""

import re
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import urlsplit

import tomlkit

from flows.onboarding.columns import Columns
from flows.onboarding.guess import Guess
from flows.onboarding.table_guess import TableGuess
from flows.text.escape import visible

MARK = "# ?"


def name_of(url: str) -> str:
    """Return a source's name, after its repository.

    >>> name_of("https://github.com/owner/chest-set.git")
    'chest-set'
    """
    last = urlsplit(url).path.rstrip("/").rpartition("/")[2].removesuffix(".git")
    return re.sub(r"[^A-Za-z0-9._-]+", "-", last).lstrip("._-") or "source"


def write(url: str, found: Guess, *, order: int) -> str:
    """Write the file. A mark before a line or at its end says that the line is a guess.

    Args:
        url: Where the repository is.
        found: What was found.
        order: How close to the owner its copies are.
    """
    owner = urlsplit(url).path.strip("/").partition("/")[0]
    lines = [
        f"{MARK} How people call it.",
        f"title = {_text(name_of(url))}",
        f"{MARK} Who made it; this is only what stands in the address.",
        f"owner = {_text(owner or 'unknown')}",
        f"url = {_text(url)}",
        f"{MARK} Lower is closer to the owner: of two copies, that one is kept.",
        f"order = {order}",
        f"{MARK} The licence as an SPDX name; read it in the repository.",
        'licence = "NOASSERTION"',
        "",
        *(f"{MARK} {visible(doubt)}" for doubt in found.doubts),
        "[files]",
        f"images = {_list(found.images)}",
        *_ignore(found),
    ]
    for table in found.tables:
        lines += ["", *_table(table)]
    for rule in found.rules:
        lines += ["", "[[paths]]", f"match = {_text(rule.match)}  {MARK} {visible(rule.why)}"]
        pairs = ", ".join(f"{name} = {_text(value)}" for name, value in rule.sets.items())
        lines += [f"set = {{ {pairs} }}  {MARK}"] if pairs else []
    for match, of, shows in found.masks:
        lines += [
            "",
            f"{MARK} If these are masks, take them out of ignore, and say what they outline:",
            "# [[masks]]",
            *(f"# {k} = {_text(v)}" for k, v in (("match", match), ("of", of), ("shows", shows))),
        ]
    if found.always:
        lines += ["", "[always]"]
        lines += [
            f"{name} = {_text(value)}  {MARK} {why}" for name, (value, why) in found.always.items()
        ]
    return "\n".join(lines) + "\n"


def _ignore(found: Guess) -> Iterator[str]:
    if not found.aside:
        yield f"ignore = {_list(found.ignore)}"
        return
    yield "ignore = ["
    yield from (f"  {_text(pattern)}," for pattern in found.ignore)
    yield from (f"  {_text(one.pattern)},  {MARK} {visible(one.why)}" for one in found.aside)
    yield "]"


def _table(table: TableGuess) -> list[str]:
    head = ["[[tables]]", f"files = {_list([table.file])}"]
    found = table.key
    if found is None:
        body = [*head, f'{MARK} path = "images/{{column}}"']
        return [f"# {line}" if not line.startswith("#") else line for line in body]
    mark = "" if found.sure else f"  {MARK} {found.named:,} of {table.images:,} images have a row"
    lines = [*head, f"path = {_text(found.table.path)}{mark}"]
    lines += [
        f"{name} = true  {MARK} so {found.named:,} images have a row"
        for name in ("ignore_case", "ignore_ending", "partial")
        if getattr(found.table, name)
    ]
    lines += _columns(table.columns, "tables")
    for joined in table.joined:
        lines += ["", "[[tables.join]]", f"files = {_list([joined.file])}"]
        lines.append(
            f"on = {_text(joined.on)}  {MARK} {joined.found:,} of {joined.keys:,} have a row there"
        )
        if joined.to != joined.on:
            lines.append(f"to = {_text(joined.to)}  {MARK} as it seems")
        lines += _columns(joined.columns, "tables.join")
    return lines


def _columns(columns: Columns, section: str) -> Iterator[str]:
    for column, basis in columns.offsets:
        yield (
            f"{MARK} offsets = [{{ column = {_text(column)}, basis = {_text(basis)} }}]  "
            "since that event, or until it?"
        )
    if columns.marked:
        yield f"marked = {_list(columns.marked)}  {MARK} findings, by the columns' names"
    if columns.unknown:
        yield f"{MARK} Columns no source has met yet: put those that matter under fields."
        yield f"unused = {_list(columns.unknown)}"
    yield f"[{section}.fields]"
    yield from (f"{name} = {_list(named)}" for name, named in sorted(columns.sure.items()))
    for name, (column, why) in sorted(columns.guessed.items()):
        yield f"{name} = {_list([column])}  {MARK} {why}"


def _list(texts: Iterable[str]) -> str:
    written: Sequence[str] = [_text(text) for text in texts]
    return f"[{', '.join(written)}]"


def _text(text: str) -> str:
    return str(tomlkit.string(visible(text)).as_string())
