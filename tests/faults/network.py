"""Drop the network in the middle: everything an upstream sends is cut after some bytes."""

import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from flows.collection.checkout import Checkout
from flows.config import load
from flows.forge.folder import FolderForge
from flows.night import run as nights
from flows.night.run import Report, open_run
from flows.upstream.outcome import Failure
from tests.faults.fault import Fault
from tests.faults.world import World, Worlds, proposal
from tests.support.collection import NOW, Collection

PARTS = 12  # cuts, from the first byte to nearly the last


class Wire:
    """A proxy that lets so many bytes of answers through, and then nothing at all."""

    def __init__(self, to: int) -> None:
        """Listen on a port of its own."""
        self._to = to
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.left: float = float("inf")
        self.sent = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            if self.left <= 0:
                near.close()
                continue
            far = socket.create_connection(("127.0.0.1", self._to))
            threading.Thread(target=self._ask, args=(near, far), daemon=True).start()
            threading.Thread(target=self._answer, args=(near, far), daemon=True).start()

    @staticmethod
    def _ask(near: socket.socket, far: socket.socket) -> None:
        with suppress(OSError):
            while data := near.recv(65_536):
                far.sendall(data)
            far.shutdown(socket.SHUT_WR)

    def _answer(self, near: socket.socket, far: socket.socket) -> None:
        with near, far:
            try:
                while self.left > 0 and (data := far.recv(65_536)):
                    data = data[: int(min(self.left, len(data)))]
                    self.left -= len(data)
                    self.sent += len(data)
                    near.sendall(data)
            except OSError:
                pass
            for side in (near, far):  # closing alone would wait for the thread that still reads
                with suppress(OSError):
                    side.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Stop listening."""
        self._listening.close()


@contextmanager
def served(folder: Path) -> Iterator[Wire]:
    """Serve the repositories of a folder through a wire."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        "git",
        "daemon",
        "--reuseaddr",
        "--export-all",
        "--listen=127.0.0.1",
        f"--port={port}",
        f"--base-path={folder}",
        str(folder),
    ]
    daemon = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    wire = Wire(port)
    try:
        _wait(port)
        yield wire
    finally:
        wire.close()
        daemon.terminate()
        daemon.wait()


def _wait(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("git daemon does not answer")


def _night(world: World, wire: Wire) -> Report:
    """Run a night over git's own protocol, which the policy of a real collection does not allow."""
    collection = Collection(world.folder)
    config = load.load(collection.folder / "config")
    url = f"git://127.0.0.1:{wire.port}/upstream.git"
    policy = config.policy.model_copy(update={"protocols": ("git",), "hosts": ("127.0.0.1",)})
    sources = tuple(source.model_copy(update={"url": url}) for source in config.sources)
    config = config.model_copy(update={"policy": policy, "sources": sources})
    checkout = Checkout(collection.folder)
    opened, base = open_run(checkout, config, collection.cache)
    forge = FolderForge(checkout, collection.pages, config.policy.branch, base="main", push=False)
    return nights.run(opened, base, forge, NOW)


def _cut(part: int, world: World, worlds: Worlds) -> None:
    with served(worlds.upstream.folder.parent) as wire:
        whole = worlds.new()
        _night(whole, wire)
        expected = proposal(whole.folder)
        worlds.done_with(whole)
        wire.left = wire.sent * part // PARTS
        report = _night(world, wire)
        assert all(isinstance(c.outcome, Failure) for c in report.changes), report
        wire.left = float("inf")
        _night(world, wire)
        assert proposal(world.folder) == expected


def faults() -> Iterator[Fault]:
    """List cuts after shares of what a whole night receives."""
    for part in range(PARTS):
        yield Fault("network", f"cut after {part}/{PARTS} of a night's bytes", partial(_cut, part))
