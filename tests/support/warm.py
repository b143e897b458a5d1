"""Run programs of this repository as forks of a process that has imported them.

To start Python and import the bot takes two seconds, a fork some milliseconds. The fork is a
process of its own: it has its own arguments, variables, folder and output, and may be killed. Where
a test is about what forks share (imports, Prefect's settings, limits that the kernel sets, the
server that decoders are forks of), it starts `sys.executable` instead.

python -m tests.support.warm   (a request in JSON on each line; the answer is the exit code)
"""

import atexit
import gc
import importlib
import importlib.util
import json
import os
import pkgutil
import runpy
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from multiprocessing import forkserver
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Prefect reads the environment when it is imported, and Dask starts threads.
_NOT_SHARED = ("flows.orchestration", "flows.sandbox.dask", "flows.__main__")
_servers = threading.local()  # one for each thread that runs programs


@dataclass(frozen=True, kw_only=True)
class _Program:
    module: str
    words: Sequence[str]
    folder: str
    variables: Mapping[str, str]
    stdout: str
    stderr: str


def run(
    module: str,
    *words: str,
    folder: Path = ROOT,
    variables: Mapping[str, str | None] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run `python -m MODULE WORDS …`, and return how it ended and what it wrote.

    Args:
        module: What is run.
        words: Its arguments.
        folder: Where it runs.
        variables: Differences from this process's environment; `None` takes a variable away.
    """
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **(variables or {})}
    with tempfile.TemporaryDirectory() as scratch:
        program = _Program(
            module=module,
            words=words,
            folder=str(folder),
            variables={name: value for name, value in environment.items() if value is not None},
            stdout=f"{scratch}/stdout",
            stderr=f"{scratch}/stderr",
        )
        code = _exit_code(program, _server())
        stdout = Path(program.stdout).read_text(encoding="utf-8")
        stderr = Path(program.stderr).read_text(encoding="utf-8")
    return subprocess.CompletedProcess((module, *words), code, stdout, stderr)


# Stands where a script looks for Python. Of what it hands on, the fork opens what this writes to.
_STAND_IN = """#!{python} -IS
import json, os, socket, sys
if sys.argv[1:3] != ["-m", "flows"]:
    os.execv("{python}", ["{python}", *sys.argv[1:]])
asks = socket.socket(socket.AF_UNIX)
asks.connect("{address}")
asks.sendall(json.dumps(dict(
    module="flows",
    words=sys.argv[3:],
    folder=os.getcwd(),
    variables=dict(os.environ),
    stdout=f"/proc/{{os.getpid()}}/fd/1",
    stderr=f"/proc/{{os.getpid()}}/fd/2",
)).encode() + b"\\n")
sys.exit(int(asks.makefile().readline()))
"""


@contextmanager
def stand_in(python: Path) -> Iterator[None]:
    """Put a program where a script looks for Python that runs `-m flows` as forks, for the block.

    Args:
        python: Where the script looks for it.
    """
    server = _server()
    with tempfile.TemporaryDirectory() as scratch, socket.socket(socket.AF_UNIX) as listening:
        address = f"{scratch}/asked"
        listening.bind(address)
        listening.listen()
        python.parent.mkdir(parents=True)
        text = _STAND_IN.format(python=sys.executable, address=address)
        python.write_text(text, encoding="utf-8")
        python.chmod(0o755)
        answering = threading.Thread(target=_answer, args=(listening, server))
        answering.start()
        try:
            yield
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            answering.join()
            python.unlink()
            python.parent.rmdir()


def _answer(listening: socket.socket, server: subprocess.Popen[str]) -> None:
    while True:
        try:
            asked, _ = listening.accept()
        except OSError:  # nobody listens any more
            return
        with asked, asked.makefile("rw") as words:
            program = _Program(**json.loads(words.readline()))
            words.write(f"{_exit_code(program, server)}\n")


def _server() -> subprocess.Popen[str]:
    return getattr(_servers, "server", None) or _start()


def _exit_code(program: _Program, server: subprocess.Popen[str]) -> int:
    assert server.stdin is not None
    assert server.stdout is not None
    server.stdin.write(json.dumps(asdict(program)) + "\n")
    server.stdin.flush()
    return int(server.stdout.readline())


def _start() -> subprocess.Popen[str]:
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.support.warm"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    _servers.server = server
    atexit.register(_stop, server)
    return server


def _stop(server: subprocess.Popen[str]) -> None:
    with server:
        server.kill()


# The process that is forked.


def _modules() -> Iterator[str]:
    import flows

    yield "typer.rich_utils"
    yield "tests.faults.world"
    yield "tests.support.killed"
    for found in pkgutil.walk_packages(flows.__path__, "flows."):
        if not found.name.startswith(_NOT_SHARED):
            yield found.name


def _serve() -> _Program | None:
    """Answer requests; return in each fork with what it is to run, and at the end with nothing."""
    for line in iter(sys.stdin.readline, ""):
        program = _Program(**json.loads(line))
        child = os.fork()
        if child == 0:
            return program
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201
    return None


def _become(program: _Program) -> None:
    os.environ.clear()
    os.environ.update(program.variables)
    os.chdir(program.folder)
    for number, file in enumerate((os.devnull, program.stdout, program.stderr)):
        flags = os.O_WRONLY | os.O_CREAT if number else os.O_RDONLY
        opened = os.open(file, flags, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    sys.argv = [program.module, *program.words]
    sys.path[0] = program.folder
    # Every decoder would import what is called __main__ anew, where it is not a package's.
    spec = importlib.util.find_spec(program.module)
    is_package = spec is not None and spec.submodule_search_locations is not None
    runpy.run_module(program.module, run_name="__main__", alter_sys=is_package)


def _end(code: object) -> None:
    """End as Python does, but leave it to the kernel to take every imported module apart."""
    if not (code is None or isinstance(code, int)):
        print(code, file=sys.stderr)  # noqa: T201
        code = 1
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code or 0)


def _share_fork_server() -> None:
    """Start the server that decoders are forks of; it is no child of those who use it here."""
    from flows.sandbox import processes

    processes._context()
    forkserver._forkserver.ensure_running = lambda: None  # type: ignore[attr-defined]
    forkserver.ensure_running = lambda: None


if __name__ == "__main__":
    for name in _modules():
        importlib.import_module(name)
    _share_fork_server()
    gc.freeze()  # a fork that looks for garbage need not look at, and so copy, what all share
    asked = _serve()
    if asked:
        try:
            _become(asked)
        except SystemExit as ended:
            _end(ended.code)
        _end(0)
