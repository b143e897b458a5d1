"""What a server of one's own is set up with says what it should, and nothing it should not."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from flows.config.schedule import NIGHTLY, WEEKLY
from tests.support.collection import ROOT
from tests.support.needed import missing

UNITS = sorted((ROOT / "deploy").glob("*.service"))


def test_the_schedules_say_the_same_everywhere():
    content = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]
    crons = [one["schedules"][0]["cron"] for one in content]
    for name in ("nightly", "release"):
        text = (ROOT / ".github" / "workflows" / f"{name}.yml").read_text(encoding="utf-8")
        crons += re.findall(r'cron: "(.*)"', text)
    assert crons == [NIGHTLY.cron, WEEKLY.cron] * 2


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_is_one_that_systemd_understands(unit: Path, tmp_path: Path):
    if shutil.which("systemd-analyze") is None:
        missing("systemd-analyze is not installed")
    here = tmp_path / unit.name
    text = unit.read_text(encoding="utf-8")
    here.write_text(re.sub(r"/srv/covid19-images/.venv/bin/\w+", "/bin/true", text))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(here)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert unit.name not in done.stderr, done.stderr


def test_no_service_holds_a_secret_it_does_not_need():
    values: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    holders = [n for n, one in values["services"].items() if "COVID19_IMAGES_TOKEN" in str(one)]
    assert holders == ["worker"]
    assert "covid19-images.env" not in (ROOT / "deploy/covid19-images-server.service").read_text()
    for name in ("compose.yaml", "deploy/covid19-images.env"):
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
            if found := re.search(r"(TOKEN|WEBHOOK|AUTH_STRING)[=:] ?(.*)", line):
                assert found[2] == "" or found[2].startswith("${"), line


def test_the_server_is_reached_from_this_machine_only():
    text = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    assert text["services"]["server"]["ports"] == ["127.0.0.1:4200:4200"]
