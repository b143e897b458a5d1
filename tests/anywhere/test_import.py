"""The library asks nothing of an operating system that another one does not have."""

import ast
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

# What only POSIX has. That it is there on the machine at hand says nothing of the others.
MODULES = [
    "fcntl",
    "grp",
    "posix",
    "posixpath",
    "pty",
    "pwd",
    "resource",
    "syslog",
    "termios",
    "tty",
]
OF_OS = re.compile(
    "fork|forkpty|get(e?[ug]id|pgid|sid|loadavg)|killpg|sets(id|pgid)|sched_.*|f?statvfs|sysconf|"
    "confstr|uname|p(read|write)v?|sendfile|mk(fifo|nod)|[fl]?chown|chroot|nice|wait[34]?|posix_.*|"
    "openpty|O_(DIRECTORY|NOFOLLOW|NONBLOCK|CLOEXEC)"
)
OF_SIGNAL = re.compile("SIG(KILL|HUP|ALRM|USR[12])|alarm|setitimer|pthread_sigmask")

IMPORT_ALL = f"""
import builtins, importlib, pkgutil
plain = builtins.__import__
def on_another_system(name, globals=None, locals=None, fromlist=(), level=0):
    ours = ((globals or {{}}).get("__name__") or "").partition(".")[0] == "covid19_images"
    if ours and name.partition(".")[0] in {MODULES!r}:
        raise SystemExit(f"{{globals['__name__']}} imports {{name}}")
    return plain(name, globals, locals, fromlist, level)
builtins.__import__ = on_another_system
import covid19_images
count = 0
for found in pkgutil.walk_packages(covid19_images.__path__, "covid19_images."):
    if found.name.startswith("covid19_images.loaders.") or found.name.endswith("__main__"):
        continue  # they import a framework
    importlib.import_module(found.name)
    count += 1
print(count)
"""


def test_all_of_it_is_imported_where_no_module_of_posix_is() -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert int(done.stdout) > 50


QUICK = """
import sys
import covid19_images.cli.app, covid19_images.download.download
heavy = "cv2 jinja2 nibabel numpy pandas PIL pydicom scipy".split()
print([name for name in heavy if name in sys.modules])
"""


def test_a_download_begins_before_anything_that_reads_pictures_is_imported() -> None:
    done = subprocess.run(
        [sys.executable, "-c", QUICK], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_what_a_function_uses_of_the_system_is_everywhere() -> None:
    [place] = importlib.util.find_spec("covid19_images").submodule_search_locations or ()
    found = [
        f"{file.name}:{node.lineno} {name}"
        for file in sorted(Path(place).rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        for name in _of_posix(node)
    ]
    assert found == []


def _of_posix(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [one.name for one in node.names if one.name in MODULES]
    if isinstance(node, ast.ImportFrom):
        return [node.module] if node.module in MODULES else []
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        of = {"os": OF_OS, "signal": OF_SIGNAL}.get(node.value.id)
        return [f"{node.value.id}.{node.attr}"] if of and of.fullmatch(node.attr) else []
    return []
