"""A tag publishes what it names, and only after the wheel was tried on every system."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.support.collection import ROOT

WORKFLOW = yaml.safe_load((ROOT / ".github/workflows/package.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("tag", "code"), [((), 0), (("v99.0.0",), 1)])
def test_one_version_is_named_everywhere(tag: tuple[str, ...], code: int) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / ".ci/version.py"), *tag],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    assert ("the tag names 99.0.0" in done.stderr) == bool(tag)


def test_only_the_job_that_publishes_may_prove_who_it_is_and_no_token_is_kept() -> None:
    jobs = WORKFLOW["jobs"]
    proving = [name for name, job in jobs.items() if "id-token" in job["permissions"]]
    assert proving == ["publish"]
    assert jobs["publish"]["needs"] == ["build", "try"]
    assert jobs["publish"]["environment"] == "pypi"
    assert "secrets." not in str(WORKFLOW)
    assert "checkout" not in str(jobs["try"]) + str(jobs["publish"])


def test_the_systems_that_are_tried_are_those_that_the_package_names() -> None:
    named = re.findall(r"Operating System :: (.+)\"", (ROOT / "pyproject.toml").read_text("utf-8"))
    tried = {
        system.split("-")[0] for system in WORKFLOW["jobs"]["try"]["strategy"]["matrix"]["system"]
    }
    assert tried == {"macos", "windows", "ubuntu"}
    assert named == ["MacOS", "Microsoft :: Windows", "POSIX :: Linux"]


def test_what_is_tried_needs_no_more_than_the_wheel_and_pytest() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    steps = str(WORKFLOW["jobs"]["try"]["steps"])
    assert re.findall(r"pytest==[0-9.]+", steps)[0] in lock
    for file in (ROOT / "tests/anywhere").glob("*.py"):
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"^(?:from|import) (?:tests|flows|hypothesis)", text, re.MULTILINE)


@pytest.mark.parametrize(
    "lock", sorted(ROOT.glob("requirements*.lock")), ids=lambda lock: lock.name
)
def test_every_package_of_a_lock_has_one_version_its_hash_and_no_address(lock: Path) -> None:
    packages = re.split(r"\n(?=\S)", lock.read_text(encoding="utf-8").strip())
    odd = [
        package.splitlines()[0]
        for package in packages
        if not re.match(r"[\w.\[\],-]+==[\w.+!]+( |$)", package)
        or not re.search(r"--hash=sha256:[0-9a-f]{64}", package)
    ]
    assert packages
    assert odd == []
    assert not any("//" in package or "--index" in package for package in packages)
