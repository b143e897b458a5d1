"""Write what people answered into `config/decisions.toml`, which stays theirs.

New entries are put at the end; nothing that people wrote is touched. An answer that is there
already is not written again. Where somebody changes their mind, the newest entry counts and the
older one stays, as the record of who decided what.
"""

import datetime as dt
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import tomlkit
from pydantic import BaseModel
from tomlkit.items import Array

from flows.collection.keys import key_in
from flows.config.decisions import Decision, Decisions, Exclusion, Finding, Ignoring, Keep, Pin
from flows.proposal.answers import Answer, Diagnosed, Ignore, Judged, Release, Revert
from flows.text.escape import visible

Entry = Decision | Ignoring | Pin | Exclusion | Keep | Finding
_Table = Literal["pairs", "ignore", "pin", "exclude", "keep", "finding"]
_NAMING: Mapping[str, tuple[str, ...]] = {
    "pairs": ("a", "b"),
    "ignore": ("source",),
    "exclude": ("image",),
    "keep": ("image",),
    "finding": ("image",),
    "pin": ("source",),
}  # what of each kind of decision names a source
_TABLES: Mapping[type[Entry], _Table] = {
    Decision: "pairs",
    Ignoring: "ignore",
    Pin: "pin",
    Exclusion: "exclude",
    Keep: "keep",
    Finding: "finding",
}


def entries(
    answers: Iterable[Answer], *, by: str, today: dt.date, why: str, ignore_days: int
) -> tuple[Entry, ...]:
    """Turn answers into entries of the file; what is no decision is left out.

    Args:
        answers: What was answered.
        by: Who answered.
        today: When (UTC).
        why: Where it was decided, as in "answered in pull request #12".
        ignore_days: How long a source is left alone where no day was named.
    """
    made: list[Entry] = []
    for answer in answers:
        if isinstance(answer, Judged):
            a, b, verdict = answer.a, answer.b, answer.verdict
            made.append(Decision(a=a, b=b, verdict=verdict, by=by, date=today, why=why))
        elif isinstance(answer, Diagnosed):
            image, value = answer.image, answer.value
            made.append(Finding(image=image, value=value, by=by, date=today, why=why))
        elif isinstance(answer, Ignore):
            until = answer.until or today + dt.timedelta(days=ignore_days)
            made.append(Ignoring(source=answer.source, until=until, by=by, why=why))
        elif isinstance(answer, Revert | Release) and answer.commit:
            pin = Pin(source=answer.source, commit=answer.commit, by=by, date=today, why=why)
            released = {"released": today} if isinstance(answer, Release) else {}
            made.append(Pin(**(pin.model_dump(exclude_unset=True) | released)))
    return tuple(made)


def record(text: str, new: Sequence[Entry]) -> str:
    """Add entries to the text of `config/decisions.toml`.

    Args:
        text: The file as it is; empty where there is none.
        new: What to add, oldest first.

    Raises:
        ValueError: When the text is no valid file of decisions.
    """
    for entry in new:
        if not _known(Decisions.model_validate(tomllib.loads(text)), entry):
            text = _appended(text, _TABLES[type(entry)], entry)
    return text


def carried(base: str, proposed: str, began: str = "") -> str:
    """Carry to a newer base the answers that an earlier night proposed and nobody merged yet.

    What the proposal only had from its own base is no answer: a person may have taken it back.

    Args:
        base: The file at the base.
        proposed: The file on the proposal's branch, as the bot wrote it.
        began: The file at the base that the proposal was made on.

    Raises:
        ValueError: When a text is no valid file of decisions.
    """
    decisions = Decisions.model_validate(tomllib.loads(proposed))
    existing = Decisions.model_validate(tomllib.loads(base))
    there = {*_entries(existing), *_entries(Decisions.model_validate(tomllib.loads(began)))}
    return record(base, [entry for entry in _entries(decisions) if entry not in there])


def _entries(decisions: Decisions) -> tuple[Entry, ...]:
    return (
        *decisions.pairs,
        *decisions.ignore,
        *decisions.pin,
        *decisions.exclude,
        *decisions.keep,
        *decisions.finding,
    )


def renamed_in(decisions: Decisions, names: Mapping[str, str]) -> Decisions:
    """Return decisions that name sources as they are called now.

    Args:
        decisions: What people decided.
        names: The new name of each source by its old one.
    """
    return decisions.model_copy(
        update={
            name: tuple(_renamed(one, keys, names) for one in getattr(decisions, name))
            for name, keys in _NAMING.items()
        }
    )


def _renamed(one: BaseModel, keys: Sequence[str], names: Mapping[str, str]) -> BaseModel:
    return one.model_copy(update={key: key_in(getattr(one, key), names) for key in keys})


def renamed(text: str, names: Mapping[str, str]) -> str:
    """Write the sources of a file of decisions as they are called now; all else stays as it is.

    Args:
        text: The file.
        names: The new name of each source by its old one.

    Raises:
        ValueError: When the text is no valid file of decisions.
    """
    existing = Decisions.model_validate(tomllib.loads(text))
    if renamed_in(existing, names) == existing:
        return text
    written = tomlkit.parse(text)
    for name, keys in _NAMING.items():
        for entry in written.get(name, ()):
            for key in keys:
                entry[key] = key_in(str(entry[key]), names)
    return visible(tomlkit.dumps(written), wide="\\U")


def without(text: str, source: str) -> str:
    """Remove from a file of decisions what keeps a source at a commit, or leaves it alone.

    Args:
        text: The file.
        source: The source's name.
    """
    written = tomlkit.parse(text)
    for name in ("ignore", "pin"):
        entries = written.get(name, ())
        for number in reversed(range(len(entries))):
            if entries[number]["source"] == source:
                del entries[number]
        if name in written and not entries:
            del written[name]
    return text if written.as_string() == text else visible(tomlkit.dumps(written), wide="\\U")


def _known(existing: Decisions, entry: Entry) -> bool:
    """Return whether an entry would change nothing."""
    if isinstance(entry, Decision):
        pair = {entry.a, entry.b}
        verdicts = [one.verdict for one in existing.pairs if {one.a, one.b} == pair]
        return verdicts[-1:] == [entry.verdict]
    if isinstance(entry, Pin):
        pins = [one for one in existing.pin if one.source == entry.source]
        return bool(pins) and (pins[-1].commit, pins[-1].released is None) == (
            entry.commit,
            entry.released is None,
        )
    if isinstance(entry, Exclusion):
        taken = [(one.image, one.reason) for one in existing.exclude]
        return (entry.image, entry.reason) in taken
    if isinstance(entry, Finding):
        values = [one.value for one in existing.finding if one.image == entry.image]
        return values[-1:] == [entry.value]
    if isinstance(entry, Keep):
        return any(one.image == entry.image and one.date >= entry.date for one in existing.keep)
    days = [one.until for one in existing.ignore if one.source == entry.source]
    return days[-1:] == [entry.until]


def _appended(text: str, name: _Table, entry: Entry) -> str:
    cells = entry.model_dump(exclude_unset=True, exclude_none=True)
    written = tomlkit.parse(text)
    if isinstance(written.get(name), Array):  # somebody likes `pairs = [{…}]`
        written.item(name).add_line(_inline(cells))  # type: ignore[union-attr]
        return visible(tomlkit.dumps(written), wide="\\U")
    table = tomlkit.table()
    table.update(cells)
    tables = tomlkit.aot()
    tables.append(table)
    added = visible(tomlkit.dumps({name: tables}), wide="\\U")
    gap = "" if not text else "\n" if text.endswith("\n") else "\n\n"
    return f"{text}{gap}{added}"


def _inline(cells: Mapping[str, Any]) -> Any:  # noqa: ANN401  tomlkit's tables take any value
    table = tomlkit.inline_table()
    table.update(cells)
    return table
