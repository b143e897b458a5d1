"""Check what a handover would write: only the collection's own files, saying what they may say."""

import datetime as dt
import json
import re
from collections.abc import Callable, Mapping

from covid19_images import splits
from covid19_images.manifest import table
from flows.collection import duplicates, problems, state
from flows.collection.consistency import new_contradictions
from flows.collection.state import State
from flows.config.load import Config
from flows.forge import decisions_file
from flows.handover import refused
from flows.handover.lives import check_lives
from flows.handover.model import Handover
from flows.handover.words import check_words
from flows.proposal.modules import gitmodules
from flows.proposal.plan import Proposal

MAX_AGE = dt.timedelta(days=2)
_MANIFEST = re.compile(r"datasets/manifest/([A-Za-z0-9][A-Za-z0-9._-]*)\.csv")


def check(
    handover: Handover,
    proposal: Proposal | None,
    config: Config,
    before: State,
    decisions: str | None,
    now: dt.datetime,
    base_decisions: str = "",
) -> None:
    """Refuse what no night of this collection could have come to.

    Args:
        handover: What is handed over.
        proposal: What it proposes.
        config: The configuration of this process.
        before: What the collection holds at the base, here.
        decisions: What people answered, as this process heard it.
        now: The time.
        base_decisions: The decisions that the base holds.

    Raises:
        HandoverError: It is refused; nothing was written.
    """
    if not -MAX_AGE < now - handover.now < MAX_AGE:
        raise refused(f"it was computed at {handover.now.isoformat()}")
    if proposal is None:
        return
    if flaw := check_words(proposal, config):
        raise refused(flaw)
    names = {source.name for source in config.sources} | set(before.described)
    if odd := sorted({*proposal.pins, *proposal.described} - names):
        raise refused(f"there is no source {odd[0]!r}")
    for path, content in proposal.files.items():
        _check_file(path, content, names)
    renames = check_lives(proposal, config, before)
    heard = decisions if decisions is not None else base_decisions
    named = decisions_file.renamed(heard, renames)
    wanted = named if decisions is not None or named != heard else None
    answered = proposal.files.get(state.DECISIONS)
    if answered != (wanted.encode() if wanted is not None else None):
        raise refused(
            "it holds other decisions than people took. Somebody answered meanwhile; the next "
            "night hears it"
        )
    _check_links(proposal, config, before)
    _check_ledger(proposal, before)
    _check_rows(proposal, before)


def _check_ledger(proposal: Proposal, before: State) -> None:
    """Check that nothing which is placed in a split moves: lines are only added."""
    text = proposal.files.get(state.SPLITS)
    if text is not None:
        now = tuple(splits.loads(text.decode()))
        if now[: len(before.ledger)] != tuple(before.ledger):
            raise refused(f"{state.SPLITS} changes lines that are there already")


def _check_rows(proposal: Proposal, before: State) -> None:
    """Check that no row contradicts another one, or itself."""
    written = {
        found[1]: table.loads(content.decode(), name=path)
        for path, content in proposal.files.items()
        if (found := _MANIFEST.fullmatch(path))
    }
    stay = {
        name: rows
        for name, rows in before.records.items()
        if state.manifest_path(name) not in proposal.deleted
    }
    if wrong := new_contradictions(before.records, {**stay, **written}):
        raise refused(wrong[0].rstrip("."))


def _check_file(path: str, content: bytes, names: set[str]) -> None:
    found = _MANIFEST.fullmatch(path)
    if not found and path not in _FILES:
        raise refused(f"it would write {path}, which is none of the bot's files")
    try:
        text = content.decode("utf-8")
        if not found:
            _FILES[path](text)
            return
        rows = table.loads(text, name=path)
    except ValueError as error:
        raise refused(f"{path}: {error}") from None
    if found[1] not in names or any(row.source != found[1] for row in rows):
        raise refused(f"{path} describes another source")


def _check_links(proposal: Proposal, config: Config, before: State) -> None:
    """Check that what is pinned is what is described, and comes from where config says."""
    rows = before.described
    if state.SOURCES in proposal.files:
        rows = {r.source: r for r in state.loads(proposal.files[state.SOURCES].decode())}
    if {name: row.commit for name, row in rows.items()} != dict(proposal.described):
        raise refused(f"{state.SOURCES} and the commits it names differ")
    moved = {n: sha for n, sha in proposal.described.items() if before.pins.get(n) != sha}
    if moved != dict(proposal.pins):
        raise refused("its pins are not the commits that are described")
    known = [source for source in config.sources if source.name in proposal.described]
    wanted = gitmodules(before.gitmodules, known, {source.name for source in config.sources})
    there = proposal.files.get(state.GITMODULES, before.gitmodules.encode()).decode()
    if there != wanted:
        raise refused(f"{state.GITMODULES} names other places than config/sources")


def _any_text(text: str) -> object:
    return text


_FILES: Mapping[str, Callable[[str], object]] = {
    state.SOURCES: state.loads,
    state.DUPLICATES: duplicates.loads,
    state.PROBLEMS: problems.loads,
    state.SPLITS: splits.loads,
    state.CATALOGUE: _any_text,
    state.CHANGES: _any_text,
    state.CHANGES_JSON: json.loads,
    state.DECISIONS: _any_text,  # compared with the feedback
    state.GITMODULES: _any_text,  # compared with the configuration
}
