"""Check what no single value shows: files of a configuration that contradict each other."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from flows.config.decisions import Decision, Decisions
from flows.config.source import Source
from flows.config.values import near


def orders(sources: Mapping[Path, Source]) -> str | None:
    """Return what is wrong where two sources are equally close to their owners."""
    seen: dict[int, Source] = {}
    for file, source in sources.items():
        other = seen.setdefault(source.order, source)
        if other is not source:
            taken = {one.order for one in sources.values()}
            free = min(set(range(source.order, source.order + len(taken) + 1)) - taken)
            return (
                f"{file}: order is {source.order}, as in {other.name}.toml; of two copies nobody "
                f"could say which is kept. {free} is free"
            )
    return None


def ignored(decisions: Decisions, sources: Sequence[Source]) -> str | None:
    """Return what is wrong where a source is ignored or pinned that is not configured."""
    names = [source.name for source in sources]
    named = [(f"ignore.{number}", one.source) for number, one in enumerate(decisions.ignore)]
    named += [
        (f"pin.{number}", one.source)
        for number, one in enumerate(decisions.pin)
        if one.released is None
    ]
    for key, source in named:
        if source not in names:
            hint = near(source, names) or f"; there are: {', '.join(names)}"
            how = f". If it was removed, run `python -m flows sources remove {source}`"
            return f"{key}.source: there is no source {source!r}{hint}{how}"
    return None


def pairs(decisions: Decisions) -> str | None:
    """Return what is wrong where a pair is decided both ways, or is one picture.

    A newer decision overrules an older one where it is of a later day or says why.
    """
    newest: dict[frozenset[str], tuple[int, Decision]] = {}
    for number, one in enumerate(decisions.pairs):
        if one.a == one.b:
            return f"pairs.{number}: a and b are one picture, {one.a!r}; name two"
        pair = frozenset((one.a, one.b))
        old, before = newest.get(pair, (number, one))
        if before.verdict != one.verdict and one.date <= before.date and not one.why:
            return (
                f"pairs.{number}: {one.a} and {one.b} are {one.verdict!r} here and "
                f"{before.verdict!r} in pairs.{old}; remove one, or say in the newer one why"
            )
        newest[pair] = number, one
    return None
