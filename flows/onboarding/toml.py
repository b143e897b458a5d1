"""Write the TOML of a source from what was found; what was not begins with `# ?`."""

import re
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

import tomlkit

from flows.onboarding.guess import Guess, TableGuess
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
    """Write the file.

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
        f"ignore = {_list(found.ignore)}",
    ]
    for table in found.tables:
        lines += ["", *_table(table)]
    if found.folders:
        names = "|".join(
            re.escape(name).replace(r"\ ", " ").replace(r"\-", "-") for name in found.folders
        )
        lines += ["", "[[paths]]", f"match = {_text(f'(^|/)(?P<finding>{names})/[^/]+$')}"]
    return "\n".join(lines) + "\n"


def _table(table: TableGuess) -> list[str]:
    head = ["[[tables]]", f"files = {_list([table.file])}"]
    if table.path is None:
        body = [*head, f'{MARK} path = "images/{{column}}"']
        return [f"# {line}" if not line.startswith("#") else line for line in body]
    lines = [*head, f"path = {_text(table.path)}"]
    if table.unknown:
        lines.append(f"{MARK} Columns no source has met yet: put those that matter under fields.")
        lines.append(f"unused = {_list(table.unknown)}")
    lines.append("[tables.fields]")
    return lines + [f"{name} = {_list(columns)}" for name, columns in table.fields.items()]


def _list(texts: Iterable[str]) -> str:
    written: Sequence[str] = [_text(text) for text in texts]
    return f"[{', '.join(written)}]"


def _text(text: str) -> str:
    return str(tomlkit.string(visible(text)).as_string())
