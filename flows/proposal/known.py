"""Check what people answered against what there is: pictures, sources, commits, findings."""

import difflib
from collections.abc import Collection, Container, Mapping, Sequence
from dataclasses import dataclass, field

from flows.proposal.answers import (
    Answer,
    Diagnosed,
    Ignore,
    Judged,
    Misunderstood,
    Release,
    Revert,
)
from flows.text.escape import code


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What answers may name.

    Attributes:
        pictures: Keys and image ids of all rows, those that are only proposed included.
        sources: Names of the configured sources.
        commits: The upstream commits that each source can go back to, the usual one first.
        pins: Where each pinned source stays.
        findings: The collection's words for findings.
    """

    pictures: Container[str] = ()
    sources: Collection[str] = ()
    commits: Mapping[str, Sequence[str]] = field(default_factory=dict)
    pins: Mapping[str, str] = field(default_factory=dict)
    findings: Collection[str] = ()


def checked(answer: Answer, known: Known) -> Answer | Misunderstood:
    """Return an answer, or a `Misunderstood` one where nothing has the name that it uses.

    Args:
        answer: What somebody answered.
        known: What there is.
    """
    match answer:
        case Ignore(source=name) | Revert(source=name) | Release(source=name) if (
            name not in known.sources
        ):
            near = difflib.get_close_matches(name, sorted(known.sources), n=1)
            hint = f"Did you mean {code(near[0])}?" if near else _listed(known.sources)
            return Misunderstood(f"There is no source {code(name)}.", hint)
        case Judged(a=a, b=b):
            return _without_picture((a, b), known) or answer
        case Diagnosed(image=image):
            return _without_picture((image,), known) or _diagnosed(answer, known.findings)
        case Revert():
            return _reverted(answer, known.commits.get(answer.source, ()))
        case Release(source=name):
            if name not in known.pins:
                return Misunderstood(f"{code(name)} is not pinned.", "It moves with its upstream.")
            return Release(name, known.pins[name])
    return answer


def _without_picture(names: Sequence[str], known: Known) -> Misunderstood | None:
    missing = [code(name) for name in names if name not in known.pictures]
    if not missing:
        return None
    reason = f"No picture is called {' or '.join(missing)}."
    return Misunderstood(reason, "Name it `source/path` as in the manifest, or by its id.")


def _diagnosed(answer: Diagnosed, findings: Collection[str]) -> Diagnosed | Misunderstood:
    """Return the answer in the collection's words."""
    words = {word.lower(): word for word in findings}
    asked = [word.strip() for word in answer.value.split(";")]
    for word in asked:
        if word.lower() not in words:
            near = difflib.get_close_matches(word.lower(), sorted(words), n=1)
            meant = f"Did you mean {code(words[near[0]])}? " if near else ""
            hint = f"{meant}`config/vocabulary.toml` lists them all."
            return Misunderstood(f"There is no finding {code(word)}.", hint)
    return Diagnosed(answer.image, "; ".join(words[word.lower()] for word in asked))


def _reverted(answer: Revert, commits: Sequence[str]) -> Revert | Misunderstood:
    """Return the answer with the whole commit that it means: one that was described here before."""
    if not commits:
        reason = f"{code(answer.source)} has no earlier commit here."
        return Misunderstood(reason, f"`/sync ignore {answer.source}` leaves it alone.")
    found = [one for one in commits if answer.commit and one.startswith(answer.commit)]
    if answer.commit is None:
        return Revert(answer.source, commits[0])
    if len(found) == 1:
        return Revert(answer.source, found[0])
    several = "several commits" if found else "no commit"
    reason = f"{code(answer.commit)} is {several} that {code(answer.source)} was described at."
    return Misunderstood(
        reason, f"The last ones: {', '.join(code(one[:12]) for one in commits[:5])}."
    )


def _listed(sources: Collection[str]) -> str:
    return f"There are: {', '.join(map(code, sorted(sources)))}."
