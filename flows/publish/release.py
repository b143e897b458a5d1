"""A release, step by step; each looks at the world first, so a killed run is taken up again."""

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from covid19_images.manifest.table import ManifestError
from covid19_images.release import index as index_of
from covid19_images.release import membership
from covid19_images.release import row as rows
from covid19_images.release.index import IndexFormatError
from flows.collection.questions import Together
from flows.night.compare.decided import unmatched
from flows.night.context import RunContext
from flows.night.each import Each, in_threads
from flows.publish import ReleaseError
from flows.publish.assemble import Parts, Release, assemble
from flows.publish.build import build_source
from flows.publish.card import shortcuts
from flows.publish.deliver import send, verify
from flows.publish.doi import Dois, Reserve
from flows.publish.doi import reserve as reserving
from flows.publish.features import build_features, warm
from flows.publish.huggingface import Fetch
from flows.publish.image import privacy
from flows.publish.notes import notes
from flows.publish.noticed import noticed
from flows.publish.publisher import Publisher
from flows.publish.select import Previous, select
from flows.publish.sign import Signer
from flows.publish.target import Target, TargetOutcome, plan_for, update

Say = Callable[[str], None]
_SHOWN = 20  # findings of the privacy gate; the rest is counted


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a release.

    Attributes:
        action: The act in a word: `published`, `nothing` or `dry_run`.
        message: The act in a sentence.
        version: Which release.
        uploaded_bytes: What was sent.
        where: Where it is.
        look_at: Pictures like one that was taken down; a person should look at them.
        unmatched: Decisions about images that are not there, in words: they did nothing.
        targets: The results of updating the other places.
        noticed: What a person should see of the release, in sentences.
    """

    action: str
    message: str
    version: str | None = None
    uploaded_bytes: int = 0
    where: str | None = None
    look_at: tuple[str, ...] = ()
    unmatched: tuple[str, ...] = ()
    targets: tuple[TargetOutcome, ...] = ()
    noticed: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """Format the outcome for one screen."""
        lines = [*(f"Attention: {one}." for one in self.unmatched), self.message]
        if self.where and self.action == "published":
            lines.append(f"It is in {self.where}; {self.uploaded_bytes:,} bytes were sent.")
        lines += [*self.noticed, *(one.message for one in self.targets)]
        why = "it is a copy of an image that was taken down."
        return lines + [f"Look at {key}: {why}" for key in self.look_at[:_SHOWN]]


def next_version(published: Sequence[str], now: dt.datetime) -> str:
    """Return the version of a day's release; a second one on that day gets a number.

    >>> day = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
    >>> next_version([], day), next_version(["2026.11.23"], day)
    ('2026.11.23', '2026.11.23.1')
    """
    day = now.astimezone(dt.UTC).strftime("%Y.%m.%d")
    if day not in published:
        return day
    numbers = [int(v.rpartition(".")[2]) for v in published if v.startswith(f"{day}.")]
    return f"{day}.{max(numbers, default=0) + 1}"


def look_back(publisher: Publisher) -> Previous | None:
    """Read what decides this release of the one before.

    Raises:
        ReleaseError: It cannot be read.
    """
    published = publisher.published()
    if not published:
        return None
    version = published[-1]
    try:
        text = publisher.read(version, index_of.INDEX)
        index = index_of.loads(text)
        found = rows.loads(publisher.read(version, index_of.MANIFEST).decode())
        members = membership.loads(publisher.read(version, membership.MEMBERS).decode())
    except (OSError, ManifestError, IndexFormatError, ValueError, TypeError) as error:
        raise ReleaseError(
            f"Release {version} cannot be read: {error} Nothing was published. A new release "
            "builds on the one before: mend that one first."
        ) from None
    return Previous(index, tuple(found), tuple(members), hashlib.sha256(text).hexdigest())


def prepare(
    context: RunContext,
    previous: Previous | None,
    version: str,
    folder: Path,
    each: Each,
    say: Say,
    *,
    fetch: Fetch,
    signer: Signer | None = None,
    reserve: Reserve = Dois,
) -> tuple[Release, tuple[str, ...]]:
    """Build everything a release holds in a folder.

    Args:
        context: Configuration, base state and cache paths.
        previous: The release before.
        version: Of this one.
        folder: Where it is built.
        each: How a step is run.
        say: Called with what is being done.
        fetch: Gets a file of an earlier release.
        signer: Who signs it; nobody by default.
        reserve: Reserves what it is cited by; nothing by default.

    Returns:
        The release, and the pictures a person should look at.
    """
    folder.mkdir(parents=True, exist_ok=True)
    release_plan = select(context.base, context.config, previous, version)
    sources = sorted(context.base.described)
    built = {}
    for name in sources:  # one at a time: each uses all cores
        say(f"Building {name}")
        [built[name]] = each(
            "build",
            lambda name: build_source(context, name, release_plan, previous, folder),
            [name],
        )
    say("Writing features")
    features = build_features(context, release_plan, previous, folder)
    say("Writing manifest, index and data card")
    signed_by = signer or Signer()
    parts = Parts(
        context, release_plan, built, features, previous, version, signed_by, fetch, reserve
    )
    release = assemble(parts, folder)
    return release, release_plan.taken_down


def guard(
    release: Release, folder: Path, each: Each, harmless: Mapping[str, Sequence[str]]
) -> None:
    """Refuse members that may identify a person.

    Raises:
        ReleaseError: With the list of what was found.
    """
    tars = [file.name for file in release.files if file.name.endswith(".tar")]
    found = [
        one for some in each("guard", lambda n: privacy.in_shard(folder / n), tars) for one in some
    ]
    found += privacy.in_rows(release.rows, harmless)
    if found:
        more = f"\n… and {len(found) - _SHOWN:,} more" if len(found) > _SHOWN else ""
        listed = "\n".join(f"- {one}" for one in found[:_SHOWN])
        raise ReleaseError(
            f"The release would identify people, so nothing was published:\n{listed}{more}\n"
            "Take these images out with [[exclude]] in config/decisions.toml, or mend "
            "flows/publish/image/process.py."
        )


def unmatched_decisions(context: RunContext) -> tuple[str, ...]:
    """Return what people decided about images that are not there, in words."""
    names = [source.name for source in context.config.sources]
    rows = Together(context.base.records)
    return tuple(one.what for one in unmatched(rows, context.config.decisions, names))


def run(
    context: RunContext,
    publisher: Publisher,
    now: dt.datetime,
    *,
    signer: Signer | None = None,
    targets: Sequence[Target] = (),
    dry_run: bool = False,
    each: Each = in_threads,
    say: Say = lambda _: None,
) -> Outcome:
    """Make a release of what the collection holds, unless the last one holds the same.

    Args:
        context: Configuration, base state and cache paths.
        publisher: Where it goes.
        now: The time, for the version.
        signer: Who signs it; nobody by default.
        targets: Other places, which are updated to what is published in the first.
        dry_run: Build everything, and publish nothing.
        each: How a step is run.
        say: Called with what is being done.

    Raises:
        ReleaseError: There is none, and why.
    """
    asked = () if dry_run else targets
    cite = partial(reserving, publisher, context.cache, say, asked)
    outcome = _run(context, publisher, now, signer, cite, dry_run=dry_run, each=each, say=say)
    here = {target.name: target for target in targets}
    act = (
        partial(plan_for, publisher) if dry_run else partial(update, publisher, context.cache, say)
    )
    updated = each("deliver", lambda name: act(here[name]), sorted(here)) if here else []
    unmatched = unmatched_decisions(context)
    return replace(outcome, unmatched=unmatched, targets=tuple(updated))


def _run(
    context: RunContext,
    publisher: Publisher,
    now: dt.datetime,
    signer: Signer | None,
    cite: Callable[[str, str | None], Dois],
    *,
    dry_run: bool,
    each: Each,
    say: Say,
) -> Outcome:
    [previous] = each("look back", lambda _: look_back(publisher), ["release"])
    if previous is None and not any(context.base.records.values()):
        return Outcome("nothing", "The collection holds no image yet: there is nothing to release.")
    if previous:
        say("Looking for features that were published")
        warm(context, publisher, previous)
    version = publisher.draft() or next_version(publisher.published(), now)
    folder = context.cache / "release" / version
    release, look_at = prepare(
        context,
        previous,
        version,
        folder,
        each,
        say,
        fetch=publisher.fetch,
        signer=signer,
        reserve=partial(cite, version, context.config.policy.release.doi),
    )
    if previous and release.is_unchanged:
        each("announce", lambda _: publisher.announce(previous.index.version), ["release"])
        return Outcome("nothing", f"Release {previous.index.version} holds all of it already.")
    harmless = {source.name: source.harmless for source in context.config.sources}
    guard(release, folder, each, harmless)
    shortcuts.gate(release.audited)
    see = noticed(release, previous)
    if dry_run:
        message = f"Dry run: release {version} lies in {folder}, and nothing was published."
        return Outcome("dry_run", message, version, 0, str(folder), look_at, noticed=see)
    text = notes(release.index, release.changes, context.config.policy.release.url)
    each("draft", lambda _: publisher.begin(version, text, context.base.base), ["release"])
    [sent] = each(
        "send", lambda _: send(publisher, version, release.files, folder, say), ["release"]
    )
    each("verify", lambda _: verify(publisher, version, release.files, say), ["release"])
    [where] = each("publish", lambda _: publisher.publish(version), ["release"])
    each("announce", lambda _: publisher.announce(version), ["release"])
    active = sum(row.record.status == "active" for row in release.rows)
    message = f"Published {version}: {active:,} images, {len(release.changes):,} rows changed."
    return Outcome("published", message, version, sent, where, look_at, noticed=see)
