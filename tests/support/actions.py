"""Run the jobs of a workflow file as GitHub Actions do, on this machine and the emulated GitHub."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.support import warm
from tests.support.collection import ROOT
from tests.support.github.hub import COLLECTION, Hub
from tests.support.upstream import git

_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
_CODE = ("flows", "covid19_images")


@dataclass
class Runner:
    """One run of a workflow.

    Attributes:
        hub: The emulated GitHub.
        folder: Where everything lies.
        workflow: The name of the file.
        contexts: What expressions stand for, beside the token; an unknown one fails the test.
        attested: The files that the last job run had attested.
        token: What a job that writes is given.
        ref: What is checked out, where that is not the default branch.
        published: The site that was published.
    """

    hub: Hub
    folder: Path
    workflow: str
    contexts: Mapping[str, str] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    printed: str = ""
    attested: set[str] = field(default_factory=set)
    token: str = Hub.token
    ref: str = ""
    published: Path | None = None

    def __post_init__(self) -> None:
        """Read the file."""
        text = (ROOT / ".github" / "workflows" / self.workflow).read_text(encoding="utf-8")
        self.jobs: dict[str, Any] = yaml.safe_load(text)["jobs"]

    def job(self, name: str) -> int:
        """Run a job; give the exit code of the step it ended with."""
        job = self.jobs[name]
        self.outputs, self.attested = {}, set()
        self.place = self.folder / f"{self.workflow}-{name}"
        shutil.rmtree(self.place, ignore_errors=True)
        (self.place / "temp").mkdir(parents=True)
        for step in job["steps"]:
            if "if" in step and not self._holds(step["if"]):
                continue
            if code := self._step(step, job["permissions"]):
                return code
        return 0

    @property
    def summary(self) -> str:
        """What stands on the page of the run."""
        page = self.place / "summary.md"
        return page.read_text(encoding="utf-8") if page.exists() else ""

    @property
    def workspace(self) -> Path:
        """The folder that steps run in."""
        return self.place / "work"

    def _step(self, step: Mapping[str, Any], permissions: Mapping[str, str]) -> int:
        if "run" in step:
            return 0 if step.get("name") == "Install" else self._run(step, permissions)
        action, inputs = step["uses"].partition("@")[0], step.get("with", {})
        getattr(self, "_" + action.partition("/")[2].replace("-", "_"))(inputs)
        return 0

    def _run(self, step: Mapping[str, Any], permissions: Mapping[str, str]) -> int:
        assert "${{" not in step["run"], "an expression in a shell script can be an injection"
        self.workspace.mkdir(exist_ok=True)
        script = self.place / "step.sh"
        script.write_text(step["run"], encoding="utf-8")
        token = self._token(permissions)
        env = {name: self._fill(str(text), token) for name, text in step.get("env", {}).items()}
        with warm.stand_in(self.workspace / ".venv" / "bin" / "python"):
            done = subprocess.run(
                ["bash", "-e", str(script)],
                cwd=self.workspace,
                env=self._environment() | env,
                capture_output=True,
                text=True,
                check=False,
                timeout=300,
            )
        self.printed += done.stdout + done.stderr
        for line in (self.place / "output").read_text().splitlines():
            key, _, value = line.partition("=")
            self.outputs[f"steps.{step.get('id')}.outputs.{key}"] = value
        return done.returncode

    def _token(self, permissions: Mapping[str, str]) -> str:
        return self.token if "write" in permissions.values() else Hub.read_only_token

    def _environment(self) -> dict[str, str]:
        (self.place / "output").write_text("")
        kept = {name: os.environ[name] for name in ("PATH", "HOME")}
        return kept | {
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": self.hub.url,
            "GITHUB_OUTPUT": str(self.place / "output"),
            "GITHUB_REPOSITORY": COLLECTION,
            "GITHUB_RUN_ID": "7",
            "GITHUB_SERVER_URL": self.hub.url,
            "GITHUB_STEP_SUMMARY": str(self.place / "summary.md"),
            "RUNNER_TEMP": str(self.place / "temp"),
        }

    def _fill(self, text: str, token: str = "") -> str:
        known = {"github.token": token, "runner.temp": str(self.place / "temp"), **self.contexts}
        known.setdefault("secrets.COVID19_IMAGES_SIGNING_KEY", "")  # as GitHub fills in no secret
        return _EXPRESSION.sub(lambda found: known[found[1]], text)

    def _holds(self, condition: str) -> bool:
        left, _, right = condition.strip("${} ").partition(" == ")
        return self.outputs.get(left.strip()) == right.strip("' ")

    # The actions that are used.

    def _checkout(self, inputs: Mapping[str, Any]) -> None:
        assert inputs["persist-credentials"] is False
        git(self.place, "clone", "--quiet", self.hub.clone_url, str(self.workspace))
        if self.ref:
            git(self.workspace, "checkout", "--quiet", f"origin/{self.ref}")
        for name in _CODE:  # the collection of a test has no code of its own
            (self.workspace / name).symlink_to(ROOT / name)

    def _setup_python(self, inputs: Mapping[str, Any]) -> None:
        assert inputs["python-version"]

    def _cache(self, inputs: Mapping[str, Any]) -> None:
        assert inputs["path"] == ".cache"

    def _upload_artifact(self, inputs: Mapping[str, Any]) -> None:
        source = self.workspace / self._fill(inputs["path"])
        if source.exists():
            shutil.copytree(source, self.folder / "artifacts" / inputs["name"], dirs_exist_ok=True)
        else:
            assert inputs["if-no-files-found"] == "ignore", f"there is no {source}"

    def _download_artifact(self, inputs: Mapping[str, Any]) -> None:
        shutil.copytree(self.folder / "artifacts" / inputs["name"], self._fill(inputs["path"]))

    def _attest_build_provenance(self, inputs: Mapping[str, Any]) -> None:
        self.attested = {file.name for file in self.workspace.glob(inputs["subject-path"])}
        assert self.attested, "nothing there to attest"

    def _upload_pages_artifact(self, inputs: Mapping[str, Any]) -> None:
        site = self.folder / "artifacts" / "github-pages"
        shutil.rmtree(site, ignore_errors=True)
        shutil.copytree(self._fill(inputs["path"]), site)

    def _deploy_pages(self, inputs: Mapping[str, Any]) -> None:
        assert not inputs
        self.published = self.folder / "artifacts" / "github-pages"
