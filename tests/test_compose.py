"""compose.yaml starts: the user, the volumes and the health check, followed as they are written."""

import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.collection import ROOT
from tests.support.container import Image, compose, image, need_namespaces, script, start

UID = "1077"  # of nobody on this machine
VARIABLES = {"PREFECT_API_AUTH_STRING": "bot:word", "BOT_UID": UID}
HEALTHY_AFTER = """
{command} >"$SCRATCH/server.log" 2>&1 &
for i in $(seq 90); do
  if {health} 2>/dev/null; then echo healthy; break; fi
  kill -0 $! 2>/dev/null || break
  sleep 1
done
tail -n 20 "$SCRATCH/server.log"
IN stat -c '%n %u %a' /data
IN sh -c 'ls -A /data; id -u'
"""


def dockerfile() -> Image:
    return image((ROOT / "Dockerfile").read_text(encoding="utf-8"))


def service(name: str) -> dict[str, Any]:
    found: dict[str, Any] = compose(VARIABLES)["services"][name]
    return found


def test_every_volume_has_a_folder_of_the_user_and_nobody_is_root():
    seen = dockerfile()
    assert seen.user == "bot"
    made = next(run for run in seen.runs if run.startswith("install"))
    assert "--owner bot" in made
    for one in compose(VARIABLES)["services"].values():
        assert one["build"]["args"]["BOT_UID"] == int(UID)
        assert "user" not in one
        for volume in one.get("volumes", ()):
            assert volume.split(":")[1] in shlex.split(made), volume


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_server_becomes_healthy_as_a_user_who_is_not_root(tmp_path: Path):
    need_namespaces()
    server = service("server")
    program, *words = server["healthcheck"]["test"]
    assert program == "CMD"
    act = HEALTHY_AFTER.format(command=f"IN {server['command']}", health=f"IN {shlex.join(words)}")
    done = start(script(dockerfile(), server, tmp_path, act))
    assert "healthy" in done.stdout.splitlines(), done.stdout + done.stderr
    assert f"/data {UID} 700" in done.stdout
    assert done.stdout.split()[-1] == UID
    assert "prefect.db" in done.stdout


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_without_its_folder_in_the_image_the_server_cannot_start(tmp_path: Path):
    """What was wrong once: the volume was root's."""
    need_namespaces()
    seen, server = dockerfile(), service("server")
    seen.runs = [run for run in seen.runs if not run.startswith("install")]
    act = f"IN timeout 60 {server['command']} || echo ended"
    done = start(script(seen, server, tmp_path, act))
    assert "ended" in done.stdout, done.stdout + done.stderr
    assert "unable to open database file" in done.stderr


def test_the_worker_may_write_into_the_clone_that_is_mounted(tmp_path: Path):
    need_namespaces()
    clone, scratch = tmp_path / "clone", tmp_path / "scratch"
    scratch.mkdir()
    subprocess.run(["git", "init", "--quiet", str(clone)], check=True)
    subprocess.run(["chown", "-R", f"{UID}:{UID}", str(clone)], check=True)
    act = "IN git status --short --branch; IN mkdir .cache; IN stat -c %u .cache"
    done = start(script(dockerfile(), service("worker"), scratch, act), CLONE=str(clone))
    assert (done.returncode, done.stdout.split()[-1]) == (0, UID), done.stdout + done.stderr
