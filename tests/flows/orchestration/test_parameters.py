"""What Prefect stores and shows of a run is names and places, never a token or what was read."""

import ast
from collections.abc import Iterator

from tests.support.collection import ROOT

# The parameters of each task and flow: Prefect keeps them, and shows them to whoever may look.
_KNOWN = {
    "nightly_sync": ("checkout", "cache", "sources", "dry_run", "forge"),
    "weekly_release": ("checkout", "cache", "dry_run"),
    "sync_flow": (),
    "release_flow": (),
}
_TASKS = {("source",), ("item",)}  # a source by its name, a part of a release by its name


def _decorated() -> Iterator[tuple[str, ast.FunctionDef]]:
    for file in (ROOT / "flows").rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        if "prefect" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            for one in getattr(node, "decorator_list", []):
                name = one.func if isinstance(one, ast.Call) else one
                if isinstance(node, ast.FunctionDef) and isinstance(name, ast.Name):
                    yield name.id, node


def test_parameters_of_tasks_and_flows_are_names_and_places() -> None:
    flows, tasks = {}, []
    for kind, function in _decorated():
        names = tuple(one.arg for one in function.args.args + function.args.kwonlyargs)
        if kind == "flow":
            flows[function.name] = names
        elif kind == "task":
            tasks.append(names)
            assert [ast.unparse(one.annotation or one) for one in function.args.args] == ["str"]
    assert flows == _KNOWN
    assert len(tasks) == 2
    assert set(tasks) == _TASKS
