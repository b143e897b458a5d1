"""Follow Dockerfile and compose.yaml without a container program: namespaces, an overlay, chroot.

What the image installs from the network is taken from this machine; everything else is done as
written: users, folders, owners, volumes, commands, health checks. It needs root, as a container
program does; nothing outside of the scratch folder is changed, and everything ends with `close`.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.collection import ROOT

_NETWORK = ("apt-get", "pip install")
_VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")
_PYTHON = Path(sys.executable).resolve()
# With what each container shares: the folders that hold Python, and the code.
_SETUP = """
mount -t tmpfs tmpfs "$SCRATCH"
mkdir "$SCRATCH/upper" "$SCRATCH/work" "$SCRATCH/root" "$SCRATCH/volumes"
mount -t overlay overlay "$SCRATCH/root" \\
  -o "lowerdir=/,upperdir=$SCRATCH/upper,workdir=$SCRATCH/work"
mount -t proc proc "$SCRATCH/root/proc"
mount --rbind /dev "$SCRATCH/root/dev"
for way in $WAYS; do  # in the overlay only: the home that Python lies in may be closed to others
  chmod o+x "$SCRATCH/root$way"
done
for shared in $SHARED; do
  mkdir -p "$SCRATCH/root$shared"
  mount --rbind "$shared" "$SCRATCH/root$shared"
done
python3 - <<'UP'
import fcntl, socket, struct
with socket.socket() as control:  # the loopback of a new network is down
    fcntl.ioctl(control, 0x8914, struct.pack("16sh", b"lo", 0x1 | 0x40))
UP
"""


@dataclass
class Image:
    """A Dockerfile, read.

    Attributes:
        runs: The commands that make users and folders; those that need the network are left out.
        user: Who runs in it.
        folder: Where.
        environment: Its variables.
        arguments: What `build.args` may replace.
    """

    runs: list[str] = field(default_factory=list)
    user: str = "root"
    folder: str = "/"
    environment: dict[str, str] = field(default_factory=dict)
    arguments: dict[str, str] = field(default_factory=dict)


def image(text: str) -> Image:
    """Read a Dockerfile."""
    seen = Image()
    joined = text.replace("\\\n", " ")
    for line in joined.splitlines():
        word, _, rest = line.strip().partition(" ")
        match word:
            case "RUN" if not any(name in rest for name in _NETWORK):
                seen.runs.append(rest)
            case "USER":
                seen.user = rest
            case "WORKDIR":
                seen.folder = rest
            case "ENV":
                seen.environment |= dict(one.split("=", 1) for one in shlex.split(rest))
            case "ARG":
                name, _, value = rest.partition("=")
                seen.arguments[name] = value
    return seen


def compose(variables: dict[str, str]) -> dict[str, Any]:
    """Read compose.yaml with its variables filled in; one that must be set fails the test."""

    def value(found: re.Match[str]) -> str:
        name, sort, rest = found.groups()
        if name in variables:
            return variables[name]
        assert sort == "-", f"{name} must be set: {rest}"
        return str(rest)

    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    read: dict[str, Any] = yaml.safe_load(_VARIABLE.sub(value, text))
    return read


def need_namespaces() -> None:
    """Skip the test where this machine lets nobody make a container."""
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        pytest.skip("following compose.yaml needs root and unshare")
    trial = "mount -t tmpfs t /mnt && mkdir /mnt/u /mnt/w /mnt/m && mount -t overlay o -o lowerdir=/,upperdir=/mnt/u,workdir=/mnt/w /mnt/m"  # noqa: E501  one command
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", trial], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip(f"this machine mounts no overlay: {done.stderr.decode()[-200:]}")


def script(seen: Image, service: dict[str, Any], scratch: Path, act: str) -> str:
    """Write the shell script that starts a service as compose.yaml describes it.

    Args:
        seen: The image.
        service: The service.
        scratch: An empty folder.
        act: What is done once it is set up; `$IN` before a command runs it in the container.
    """
    environment = seen.environment | {k: str(v) for k, v in service["environment"].items()}
    environment["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment["HOME"] = f"/home/{seen.user}"
    words = " ".join(shlex.quote(f"{name}={text}") for name, text in environment.items())
    shared = sorted({str(ROOT), str(Path(sys.prefix).resolve()), *_venvs()})
    ways = {str(way) for one in (*shared, _PYTHON) for way in Path(one).parents}
    lines = [
        "set -eu",
        f"SCRATCH={shlex.quote(str(scratch))} SHARED={shlex.quote(' '.join(shared))}",
        f"WAYS={shlex.quote(' '.join(sorted(ways)))}",
        _SETUP,
    ]
    arguments = seen.arguments | service["build"].get("args", {})
    given = " ".join(shlex.quote(f"{name}={text}") for name, text in arguments.items())
    for run in seen.runs:
        lines.append(f'env {given} chroot "$SCRATCH/root" sh -euc {shlex.quote(run)}')
    lines.append(f'mkdir -p "$SCRATCH/root{seen.folder}"')  # as WORKDIR does
    lines += [_volume(*one.split(":")[:2]) for one in service.get("volumes", ())]
    inside = f'cd "$0"; exec env -i {words} "$@"'
    lines.append(
        f'IN() {{ chroot --userspec={seen.user} "$SCRATCH/root" sh -c {shlex.quote(inside)} '
        f'{seen.folder} "$@"; }}'
    )
    return "\n".join([*lines, act])


def _venvs() -> list[str]:
    """Return where the packages really are: an environment may be made of links."""
    return [str(Path(path).resolve()) for path in sys.path if path.endswith("site-packages")]


def _volume(name: str, place: str) -> str:
    """Mount a volume as Docker does: a new one takes the owner of the folder in the image."""
    inside = f'"$SCRATCH/root{place}"'
    if name.startswith(("/", ".")):
        return f'mkdir -p {inside}; mount --bind "$CLONE" {inside}'
    own = f'"$SCRATCH/volumes/{name}"'
    return "\n".join(
        [
            f"mkdir {own}",
            f"if [ -d {inside} ]; then chown --reference={inside} {own}; chmod --reference={inside} {own}; fi",  # noqa: E501
            f"mkdir -p {inside}; mount --bind {own} {inside}",
        ]
    )


def start(text: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a script of `script` in namespaces of its own: mounts, network, processes."""
    return subprocess.run(
        ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "bash", "-c", text],
        env=dict(os.environ) | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
