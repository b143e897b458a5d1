"""Write the locks of the frameworks: all but PyTorch, and PyTorch for CPUs and for CUDA.

The package index has the build for CUDA, whose libraries are 3 GB of packages; the CPU build
(`+cpu`) is kept elsewhere, and pip finds it only where it is told of that place. `make frameworks`
takes the CPU build where pip finds it, and the index's otherwise.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

LOCK = Path("requirements-frameworks.lock")
CPU_LOCK, CUDA_LOCK = Path("requirements-torch-cpu.lock"), Path("requirements-torch-cuda.lock")
CUDA = re.compile(r"(cuda-|nvidia-|triton==)")
WHAT = ("--group=frameworks", "--group=dev", "pyproject.toml")
HOW = (
    "--quiet",
    "--python-version=3.11",
    "--python-platform=x86_64-manylinux_2_28",
    "--generate-hashes",
    "--no-header",
    "--no-annotate",
    "--no-emit-index-url",
)


def blocks(lock: str) -> list[str]:
    """Cut a lock into packages, each with its hashes."""
    return re.findall(r"^\S.*\n(?:[ \t].*\n)*", lock, re.MULTILINE)


def is_torch(block: str) -> bool:
    """Return whether a package is PyTorch."""
    return block.startswith("torch==")


def resolve(old: list[str]) -> list[str]:
    """Return all packages with their hashes; what was locked stays, where it can."""
    with tempfile.TemporaryDirectory() as scratch:
        lock = Path(scratch, LOCK)
        lock.write_text("".join(b for b in old if not is_torch(b)), encoding="utf-8")
        uv = Path(sys.executable).with_name("uv")
        subprocess.run([uv, "pip", "compile", *HOW, *WHAT, f"--output-file={lock}"], check=True)
        return blocks(lock.read_text(encoding="utf-8"))


def cpu_hash(version: str) -> str | None:
    """Return the hash of a version's CPU build; nothing where pip knows of no place that has it."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed"]
    found = subprocess.run(
        [*pip, "--no-deps", "--report=-", f"{version}+cpu"],
        check=False,
        capture_output=True,
        text=True,
    )
    if found.returncode:
        return None
    [package] = json.loads(found.stdout)["install"]
    return f"sha256:{package['download_info']['archive_info']['hashes']['sha256']}"


def main() -> int:
    """Write the three locks."""
    found = resolve(blocks(LOCK.read_text(encoding="utf-8")))
    [torch] = filter(is_torch, found)
    version = torch.split()[0]
    cpu = cpu_hash(version)
    if cpu is None:
        print("pip finds no CPU build of torch; tell it where, with PIP_FIND_LINKS.")  # noqa: T201
        print("Nothing was written.")  # noqa: T201
        return 2
    cuda = [block for block in found if is_torch(block) or CUDA.match(block)]
    LOCK.write_text("".join(block for block in found if block not in cuda), encoding="utf-8")
    CUDA_LOCK.write_text("".join(cuda), encoding="utf-8")
    CPU_LOCK.write_text(f"{version}+cpu \\\n    --hash={cpu}\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
