"""Draw the map of `docs/architecture.md` from the import graph: rooms, and who may use whom.

python docs/map.py            write the map into the page, and print the counts
python docs/map.py --check    exit with 1 where the page does not show what the imports say
"""

import argparse
import ast
import sys
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs/architecture.md"
PACKAGES = ("flows", "covid19_images")
BEGIN = "<!-- map: written by `make map` -->"
END = "<!-- end of map -->"

Arrows = Mapping[str, set[str]]


def main() -> int:
    """Write or check the map; print rooms, arrows and circles."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--check", action="store_true", help="write nothing")
    check = arguments.parse_args().check
    graph = grimp.build_graph(*PACKAGES)
    modules = {m: set(graph.find_modules_directly_imported_by(m)) for m in sorted(graph.modules)}
    rooms = {r: set() for p in PACKAGES for r in sorted(graph.find_children(p)) if _is_room(r)}
    for module, imported in modules.items():
        for other in imported:
            here, there = _room(module), _room(other)
            if here in rooms and there in rooms and here != there:
                rooms[here].add(there)
    print(
        f"{len(rooms)} rooms, {sum(map(len, rooms.values()))} arrows between them; "
        f"circles among rooms: {_circle(rooms)}, among {len(modules)} modules: {_circle(modules)}"
    )
    page = PAGE.read_text()
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    new = f"{before}{BEGIN}\n\n{_picture(rooms)}\n{_table(rooms)}\n{END}{after}"
    if new == page:
        return 0
    if check:
        print(f"{PAGE.relative_to(ROOT)} does not show today's imports: run make map.")
        return 1
    PAGE.write_text(new)
    return 0


def _is_room(module: str) -> bool:
    return not module.endswith("__main__")


def _room(module: str) -> str:
    return ".".join(module.split(".")[:2])


def _circle(graph: Arrows) -> str:
    """Return "none", or one circle in words."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return " → ".join(error.args[1])
    return "none"


def _picture(rooms: Arrows) -> str:
    """Draw the rooms as Mermaid: an arrow that follows from two others is left out."""
    lines = ["```mermaid", "flowchart TD"]
    for package in PACKAGES:
        lines.append(f'  subgraph {package}["{package}/"]')
        lines += [f'    {room}["{_short(room)}"]' for room in rooms if room.startswith(package)]
        lines.append("  end")
    for room, used in rooms.items():
        beyond = {far for near in used for far in _reached(rooms, near)}
        lines += [f"  {room} --> {other}" for other in sorted(used - beyond)]
    return "\n".join([*lines, "```", ""])


def _reached(rooms: Arrows, room: str) -> set[str]:
    found: set[str] = set()
    waiting = [room]
    while waiting:
        new = rooms[waiting.pop()] - found
        found |= new
        waiting += new
    return found


def _table(rooms: Arrows) -> str:
    """List every room: what it is for, by its docstring, and what it uses directly."""
    lines = ["| room | what it is for | uses |", "|---|---|---|"]
    for room, used in rooms.items():
        inside = sorted(_short(other) for other in used if other.startswith(room.split(".")[0]))
        outside = sorted(other for other in used if not other.startswith(room.split(".")[0]))
        names = ", ".join([*inside, *(f"`{name}`" for name in outside)]) or "–"
        lines.append(f"| `{room.replace('.', '/')}` | {_purpose(room)} | {names} |")
    return "\n".join([*lines, ""])


def _purpose(room: str) -> str:
    folder = ROOT.joinpath(*room.split("."))
    file = folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")
    return (ast.get_docstring(ast.parse(file.read_text())) or "").partition("\n\n")[0]


def _short(room: str) -> str:
    return room.rpartition(".")[2]


if __name__ == "__main__":
    sys.exit(main())
