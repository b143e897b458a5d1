"""Put a release together in a folder: shards that are new, and all small files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from covid19_images.duplicates.features import Features
from covid19_images.manifest.record import Record
from covid19_images.manifest.splits import figures
from covid19_images.manifest.statements import conflicts, decided
from covid19_images.manifest.statements.conflicts import Conflict
from covid19_images.release import index as names
from covid19_images.release import membership
from covid19_images.release import row as rows
from covid19_images.release.index import Index, Shard, SmallFile
from covid19_images.release.proof import Predicate
from covid19_images.release.row import Row
from flows.night.compare.features import features as look
from flows.night.context import RunContext
from flows.proposal.markdown import WARNING
from flows.proposal.splits import confirmed
from flows.publish import decided as decisions
from flows.publish import (
    described,
    disputed,
    entries,
    huggingface,
    masks,
    offered,
    spans,
    volume_copies,
    volumes,
)
from flows.publish.build import Built
from flows.publish.card import baseline, shortcuts
from flows.publish.card.disputes import of_rows
from flows.publish.card.shortcuts import Audited
from flows.publish.card.write import CardInputs, write_card
from flows.publish.changes import (
    RowChange,
    changes,
    dumps,
    forget,
    have_same_tables,
    words,
)
from flows.publish.checksums import registry, sha256sums, small_file
from flows.publish.citation import citation
from flows.publish.contact_sheet import NAME as NEW
from flows.publish.contact_sheet import draw_new
from flows.publish.doi import Dois, Reserve
from flows.publish.features import BuiltFeatures
from flows.publish.image.process import PROCESSING_VERSION
from flows.publish.located import located
from flows.publish.provenance import predicate, statement
from flows.publish.select import Previous, ReleasePlan
from flows.publish.sign import Signer


@dataclass(frozen=True, slots=True)
class Release:
    """A release that lies ready in a folder.

    Attributes:
        index: What it is.
        rows: Its manifest.
        changes: What it changes.
        files: The files to publish: shards first, the index and the sums last.
        audited: What tells labels without lungs, in the sets that loaders give.
        conflicts: What its sources state of one picture that cannot both hold.
        earlier_conflicts: The same of the release before.
        is_unchanged: Whether all of it but its age is that of the release before.
        dois: What it can be cited by.
    """

    index: Index
    rows: tuple[Row, ...]
    changes: tuple[RowChange, ...]
    files: tuple[SmallFile, ...]
    audited: tuple[Audited, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    earlier_conflicts: tuple[Conflict, ...] = ()
    is_unchanged: bool = False
    dois: Dois = field(default_factory=Dois)


@dataclass(frozen=True, slots=True)
class Parts:
    """What a release is put together from.

    Attributes:
        context: Configuration, base state and cache paths.
        release_plan: What was chosen of it.
        built: The shards of each source.
        features: The shards of features.
        previous: The release before.
        version: Of this one.
        signer: Who signs it.
        fetch: Gets a file of an earlier release.
        reserve: Reserves what it is cited by; asked only where there is something to publish.
    """

    context: RunContext
    release_plan: ReleasePlan
    built: Mapping[str, Built]
    features: BuiltFeatures
    previous: Previous | None
    version: str
    signer: Signer
    fetch: huggingface.Fetch
    reserve: Reserve


def assemble(parts: Parts, folder: Path) -> Release:
    """Write the small files, and list what is to be published.

    Args:
        parts: What it is made from.
        folder: Where the shards are and the files go.
    """
    previous, release_plan = parts.previous, parts.release_plan
    policy = parts.context.config.policy.release
    found = located(release_plan, parts.built, previous)
    before = previous.rows if previous else ()
    changed = tuple(forget(changes(before, found), release_plan.tombstones))
    disputes = (
        of_rows(found, parts.context, release_plan.paths),
        of_rows(before, parts.context, release_plan.paths),
    )
    given = decisions.as_loaders_give(
        found, _records(parts), parts.context.config.decisions.finding
    )
    pictures = look(parts.context, [*shortcuts.subjects(given), *baseline.subjects(given)])
    audited = shortcuts.audited(given, pictures)
    index = _index(parts, found, audited)
    made = predicate(parts.context, index, previous, parts.signer.names)
    card = _card_inputs(parts, index, found, pictures, disputes[0])
    others = [
        *_write_volumes(parts, folder),
        *_write_texts(parts, index, found, changed, disputes, folder),
        *_write(folder, {shortcuts.FILE: shortcuts.dumps(audited)}),
        *write_card(folder, replace(card, audited=audited, given=given)),
        *_write_new(found, parts.version, folder),
    ]
    files = [small_file(folder / name) for name in others]
    is_unchanged = not changed and previous is not None and _is_as_before(previous, index, files)
    dois = Dois() if is_unchanged else parts.reserve()
    index = index.model_copy(update={"doi": dois.version, "concept_doi": dois.concept})
    files.append(_write_citation(index, folder))
    files += described.write(folder, index, found, files, made, policy.url)
    files.sort(key=lambda file: file.name)
    index = index.model_copy(update={"files": tuple(files)})
    squares = policy.squares_with_labels
    more = huggingface.write(folder, index, found, parts.fetch, squares=squares, warning=WARNING)
    places = spans.write(folder, index, previous, parts.fetch)
    more += [*places, *spans.pack(folder, [names.MANIFEST, *places])]
    ends = _finish(parts, folder, index, found, more, made)
    return Release(index, found, changed, ends, audited, *disputes, is_unchanged, dois)


def _index(parts: Parts, found: Sequence[Row], audited: Sequence[Audited]) -> Index:
    """Return what the release is; its files and what it is cited by follow."""
    return Index(
        version=parts.version,
        commit=parts.context.base.base,
        processing=PROCESSING_VERSION,
        sources=entries.sources(parts.context, found),
        shards=entries.shards(found, parts.built, parts.features, parts.version),
        tombstones=parts.release_plan.tombstones,
        history=entries.history(parts.previous, found, parts.version),
        shortcuts=shortcuts.findings(audited),
    )


def _is_as_before(previous: Previous, index: Index, files: Sequence[SmallFile]) -> bool:
    same_taken_down = index.tombstones == previous.index.tombstones
    return same_taken_down and have_same_tables(files, previous.index.files)


def _write_citation(index: Index, folder: Path) -> SmallFile:
    file = folder / "CITATION.cff"
    text = citation(index.version, index.sources, index.doi, index.concept_doi)
    file.write_text(text, encoding="utf-8", newline="\n")
    return small_file(file)


def _write_volumes(parts: Parts, folder: Path) -> list[str]:
    """Write the tables of volumes and masks, and the masks that may be shipped."""
    config = parts.context.config
    harmless = {source.name: source.harmless for source in config.sources}
    found = volumes.chosen(parts.context.base.volumes, parts.release_plan, harmless)
    offers = offered.texts(parts.context, found.masks, parts.release_plan)
    texts = _write(folder, volumes.texts(found) | offers)
    shipped = volumes.shipped(found.masks, config.licences)
    return [*texts, *masks.write(parts.context, shipped, folder)]


def _write_texts(
    parts: Parts,
    index: Index,
    found: Sequence[Row],
    changed: Sequence[RowChange],
    disputes: Sequence[Sequence[Conflict]],
    folder: Path,
) -> list[str]:
    base = parts.previous.index.version if parts.previous else None
    findings = parts.context.config.decisions.finding
    members = [m for one in parts.built.values() for m in one.members]
    texts = {
        names.MANIFEST: rows.dumps(found),
        membership.MEMBERS: membership.dumps([*members, *parts.features.members]),
        "changes.csv": dumps(changed),
        conflicts.FILE: conflicts.dumps(disputes[0]),
        decided.FILE: decisions.dumps(found, _records(parts), findings),
        "CHANGES.md": words(index, base, changed)
        + disputed.section(found, disputes, parts.previous, findings)
        + volume_copies.section(folder, found, parts.previous, parts.fetch),
    }
    return _write(folder, texts)


def _write(folder: Path, texts: Mapping[str, str]) -> list[str]:
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    return list(texts)


def _records(parts: Parts) -> list[Record]:
    state = parts.context.base
    return [record for name in sorted(state.records) for record in state.records[name]]


def _card_inputs(
    parts: Parts,
    index: Index,
    found: Sequence[Row],
    pictures: Mapping[str, Features],
    disputes: Sequence[Conflict],
) -> CardInputs:
    state, records = parts.context.base, _records(parts)
    before = [row.record for row in parts.previous.rows] if parts.previous else []
    return CardInputs(
        index=index,
        rows=found,
        pairs=state.pairs,
        licences=parts.context.config.licences,
        volumes=state.volumes,
        paths=parts.release_plan.paths,
        features=pictures,
        conflicts=disputes,
        splits=figures(records, confirmed(state.pairs), before),
    )


def _write_new(found: Sequence[Row], version: str, folder: Path) -> list[str]:
    drawn = draw_new(found, version, folder)
    if drawn is None:
        return []
    (folder / NEW).write_bytes(drawn)
    return [NEW]


def _finish(
    parts: Parts,
    folder: Path,
    index: Index,
    found: Sequence[Row],
    more: Sequence[str],
    made: Predicate,
) -> tuple[SmallFile, ...]:
    """Write index, registry, proof and sums, and list what this release has to hold itself.

    Args:
        parts: What it is made from.
        folder: Where the files are.
        index: What it is.
        found: Its manifest.
        more: Names of files that copies do not get.
        made: What it is made from.
    """
    top, pooch, proof, sums = (
        folder / n for n in (names.INDEX, names.REGISTRY, names.PROOF, names.SUMS)
    )
    top.write_text(index.dumps(), encoding="utf-8", newline="\n")
    listed: list[SmallFile | Shard] = [*index.files, *index.shards, index_file := small_file(top)]
    pooch.write_text(registry(index.version, listed), encoding="utf-8", newline="\n")
    registry_file = small_file(pooch)
    listed += [registry_file, *(others := [small_file(folder / name) for name in more])]
    says = statement(made, found, listed)
    envelope = parts.signer.seal(says.dumps().encode()).dumps()
    proof.write_text(envelope, encoding="utf-8", newline="\n")
    listed.append(proof_file := small_file(proof))
    sums.write_text(sha256sums(listed), encoding="utf-8", newline="\n")
    own = [s for s in index.shards if s.first_published == index.version]
    shards = [SmallFile(name=s.name, size=s.size, sha256=s.sha256) for s in own]
    ends = (registry_file, index_file, proof_file, small_file(sums))
    return (*shards, *index.files, *others, *ends)
