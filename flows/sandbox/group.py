"""Watch the process groups of programs: how many processes, how much memory, for how long.

Kernel limits hold for one process each, or for all processes of a user; a program that starts
others without end passes them all. A control group would do, but is not there for everybody. So
one thread looks at /proc some times a second, and ends a group that takes more than it may.
"""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_LOOK_EVERY_S = 0.05  # a git that fetches in circles starts about three processes meanwhile
_SHARE = 20  # looking takes at most this part of the time
_GRACE_S = 5.0  # between asking a program to end and ending it; git removes half-written packs
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(slots=True, kw_only=True)
class Group:
    """A program that was started as the leader of its own process group, and what it may use.

    Attributes:
        leader: The program.
        processes: Processes that may run at once.
        memory_bytes: Memory they may hold together; what they share with others is not counted.
        deadline_s: When its time is over, on the monotonic clock; `None` while it has no limit.
        over: What it took more of than it may: "time", "processes" or "memory".
    """

    leader: "subprocess.Popen[bytes]"
    processes: int
    memory_bytes: int
    deadline_s: float | None = None
    over: str | None = None
    _asked_s: float | None = field(default=None, init=False)

    def signal(self, number: int) -> None:
        """Send a signal to all of the group."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.leader.pid, number)

    def end(self) -> None:
        """End all of it: kindly first, and for good after a while."""
        if self.leader.poll() is None:
            self.signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.leader.wait(_GRACE_S)
        self.signal(signal.SIGKILL)
        self.leader.wait()

    def look(self, members: list[int], now_s: float) -> None:
        """End it where it takes too much."""
        if self._asked_s is not None:
            if now_s - self._asked_s > _GRACE_S:
                self.signal(signal.SIGKILL)
        elif len(members) > self.processes:
            self._end_at_once("processes")
        elif sum(map(_own_bytes, members)) > self.memory_bytes:
            self._end_at_once("memory")
        elif self.deadline_s is not None and now_s > self.deadline_s:
            self.over, self._asked_s = "time", now_s
            self.signal(signal.SIGTERM)

    def _end_at_once(self, over: str) -> None:
        self.over = self.over or over
        self.signal(signal.SIGKILL)


_watched: dict[int, Group] = {}
_changed = threading.Condition()
_watching = False


@contextlib.contextmanager
def watched(group: Group) -> Iterator[Group]:
    """Watch a group while the block runs; afterwards nothing of it is left."""
    global _watching  # noqa: PLW0603  one thread watches all groups
    with _changed:
        _watched[group.leader.pid] = group
        if not _watching:
            _watching = True
            threading.Thread(target=_watch, name="watch", daemon=True).start()
        _changed.notify()
    try:
        yield group
    finally:
        group.end()
        with _changed:
            del _watched[group.leader.pid]


def kill_all() -> None:
    """Kill every group that is watched: this process is about to end."""
    for group in list(_watched.values()):
        group.signal(signal.SIGKILL)


def _watch() -> None:
    pause_s = _LOOK_EVERY_S
    while True:
        with _changed:
            _changed.wait_for(lambda: _watched)
        time.sleep(pause_s)  # most programs have ended by then
        groups, begun_s = dict(_watched), time.monotonic()
        members = _members() if groups else {}
        now_s = time.monotonic()
        for leader, group in groups.items():
            group.look(members.get(leader, []), now_s)
        pause_s = max(_LOOK_EVERY_S, _SHARE * (now_s - begun_s))


def _forget() -> None:
    """Begin anew in a forked process: the thread that watches was not forked."""
    global _changed, _watching
    _changed, _watching = threading.Condition(), False
    _watched.clear()


os.register_at_fork(after_in_child=_forget)


def _members() -> Mapping[int, list[int]]:
    """List the living processes of every group."""
    members = defaultdict(list)
    for name in os.listdir("/proc"):  # noqa: PTH208  bare names, some times a second
        if name.isdigit():
            with contextlib.suppress(OSError):
                state, _, group, *_ = (
                    Path("/proc", name, "stat").read_bytes().rpartition(b")")[2].split()
                )
                if state != b"Z":
                    members[int(group)].append(int(name))
    return members


def _own_bytes(process: int) -> int:
    """Return how much memory a process holds that is its own."""
    try:
        _, resident, shared, *_ = Path(f"/proc/{process}/statm").read_bytes().split()
    except (OSError, ValueError):
        return 0
    return (int(resident) - int(shared)) * _PAGE_BYTES
