"""What a release was made from, and by whom: the predicate of its statement."""

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Literal

import git

from covid19_images import __version__
from covid19_images.manifest.identifiers import BLOB
from covid19_images.release.index import INDEX, Index, Shard, SmallFile
from covid19_images.release.proof import (
    Builder,
    Definition,
    Dependency,
    External,
    Internal,
    Predicate,
    Run,
    Statement,
    subjects,
)
from covid19_images.release.row import Row, digests
from flows.night.context import RunContext
from flows.publish.select import Previous

_WHOLE = re.compile(BLOB)
_LOCAL = "urn:covid19-images:local"  # a builder that nobody else can look at


def predicate(
    context: RunContext, index: Index, previous: Previous | None, signers: Sequence[str]
) -> Predicate:
    """Return what a release is made from, and by whom; no file of it has a part in this.

    Args:
        context: Configuration and base state.
        index: The release's table of contents; its files may be missing still.
        previous: The release before.
        signers: The keys that sign it.
    """
    definition = Definition(
        external_parameters=External(version=index.version, processing=index.processing),
        internal_parameters=Internal(signers=tuple(signers)),
        resolved_dependencies=tuple(_dependencies(context, index, previous)),
    )
    builder = Builder(id=_builder(), version={"covid19-images": __version__})
    return Predicate(build_definition=definition, run_details=Run(builder=builder))


def statement(
    made: Predicate, rows: Sequence[Row], files: Sequence[SmallFile | Shard]
) -> Statement:
    """Write what a release proves.

    Args:
        made: What it is made from.
        rows: Its manifest.
        files: Every file, also those that an earlier release holds.
    """
    return Statement(subject=tuple(subjects(files, digests(rows))), predicate=made)


def _dependencies(
    context: RunContext, index: Index, previous: Previous | None
) -> Iterator[Dependency]:
    for source in index.sources:
        uri = f"git+{source.url}@{source.commit}" if source.url else ""
        yield Dependency(name=f"upstream/{source.name}", uri=uri, digest=_commit(source.commit))
    yield Dependency(name="collection", digest=_commit(index.commit))
    config = json.dumps(context.config.model_dump(mode="json"), sort_keys=True)
    yield Dependency(name="config", digest={"sha256": hashlib.sha256(config.encode()).hexdigest()})
    if code := _code():
        commit, changed = code
        notes = {"modified": "true"} if changed else {}
        yield Dependency(name="code", digest={"gitCommit": commit}, annotations=notes)
    if previous:
        before = f"{previous.index.version}/{INDEX}"
        yield Dependency(name="release before", uri=before, digest={"sha256": previous.sha256})


def _commit(text: str) -> Mapping[Literal["gitCommit", "sha256"], str]:
    return {"gitCommit": text} if _WHOLE.fullmatch(text) else {}


@cache
def _code() -> tuple[str, bool] | None:
    """Return the commit of the code that runs, and whether it differs; `None` outside of git."""
    try:
        with git.Repo(Path(__file__).parent, search_parent_directories=True) as repo:
            return repo.head.commit.hexsha, repo.is_dirty()
    except (git.GitError, ValueError):
        return None


def _builder() -> str:
    """Name the workflow that runs this, where one does."""
    reference = os.environ.get("GITHUB_WORKFLOW_REF", "")
    server = os.environ.get("GITHUB_SERVER_URL", "https://github.com")
    in_actions = os.environ.get("GITHUB_ACTIONS") == "true" and reference
    return f"{server}/{reference}" if in_actions else _LOCAL
