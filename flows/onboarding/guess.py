"""Guess a layout from names, tables and a few pictures; what is not certain is marked.

Certain is what was held against the data: a column whose cells are read as what it is taken for,
a name that nearly all rows and images share. Nothing is invented: what contradicts itself is left
out and stands in `doubts`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pathspec

from flows.config.load import Vocabulary
from flows.config.source import Files, Source
from flows.labels.rows import translations
from flows.labels.table import TableText
from flows.labels.words import Words
from flows.onboarding import folders, masks
from flows.onboarding.against import contradictions
from flows.onboarding.folders import Rule
from flows.onboarding.names import ending, plain
from flows.onboarding.sight import Sight, converted, modality, twins
from flows.onboarding.sort import Aside, is_no_picture, is_unclear, sort
from flows.onboarding.table_guess import TableGuess, table_guesses
from flows.text.plural import plural

_PREDICTED = re.compile(r"submission[^/]*$", re.IGNORECASE)  # as a competition wants them
_LISTED = 8  # folders beside the README, before those that numbers tell apart are one pattern
_KINDS = 3  # endings that are named


@dataclass(frozen=True, slots=True)
class Guess:
    """What a repository seems to hold.

    Attributes:
        images: Patterns of the image files.
        count: How many there are.
        ignore: Patterns of what is certainly none.
        aside: Patterns of what stands among the images and seems to be none.
        tables: The tables.
        rules: What names of folders and files seem to say.
        masks: What may stand under `[[masks]]`: `match`, `of` and `shows`.
        always: What seems to be true of all images, and why.
        doubts: What a person must look at, as sentences.
    """

    images: Sequence[str]
    count: int
    ignore: Sequence[str] = ()
    aside: Sequence[Aside] = ()
    tables: Sequence[TableGuess] = ()
    rules: Sequence[Rule] = ()
    masks: Sequence[tuple[str, str, str]] = ()
    always: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    doubts: Sequence[str] = field(default=())


def guess(
    paths: Iterable[str],
    tables: Mapping[str, TableText],
    vocabulary: Vocabulary,
    others: Sequence[Source],
    sights: Mapping[str, Sight] | None = None,
) -> Guess:
    """Guess the labels mapping of a repository.

    Args:
        paths: Every file of the repository.
        tables: Those of its tables that could be read.
        vocabulary: Which words are findings.
        others: The sources that are described already; they know columns.
        sights: What a few of its files show.
    """
    everything = sorted(paths)
    seen = sights or {}
    found = sort(everything, seen)
    images, doubts = list(found.images), list(found.doubts)
    tops = sorted({path.partition("/")[0] if "/" in path else "" for path in images})
    words = translations(_NOBODY, vocabulary)
    predicted = [file for file in tables if _PREDICTED.search(file)]
    stated = {file: text for file, text in tables.items() if file not in predicted}
    read = table_guesses(stated, images, others, words)
    why = "predictions, by its name"
    aside = [*found.aside, *(Aside(f"/{plain(file)}", why) for file in predicted)]
    doubts += _without_key(read)
    called, unsure = _findings(read, tables, images, vocabulary, words)
    doubts += unsure
    made = folders.made_of_others(images)
    persons = list(folders.patients(images))
    left = [path for path in images if not any(one.holds(path) for one in (*made, *persons))]
    doubts += twins(seen, left) + converted(seen, images)
    persons = [] if any(one.has_patient for one in read) else persons
    used = {file for one in read for file in one.every_file}
    ignored = _ignored(everything, images, used, tops, aside)
    unread = _unclear(everything, ignored)
    aside += unread
    return Guess(
        images=_patterns(images, tops),
        count=len(images),
        ignore=sorted({*ignored} - {one.pattern for one in unread}),
        aside=aside,
        tables=read,
        rules=[*called, *persons, *made],
        masks=list(masks.rules(found.masks, images)),
        always=_always(
            seen,
            images,
            has_column=any(one.has_finding for one in read),
            has_folders=bool(called),
        ),
        doubts=doubts,
    )


def _without_key(read: Sequence[TableGuess]) -> list[str]:
    return [
        f"{one.file}: no column names the images; say how a row does, or take the table out"
        for one in read
        if one.key is None
    ]


def _findings(
    read: Sequence[TableGuess],
    tables: Mapping[str, TableText],
    images: Sequence[str],
    vocabulary: Vocabulary,
    words: Words,
) -> tuple[list[Rule], list[str]]:
    """Return what folders seem to find, and doubts; a table that contradicts them wins."""
    called, unclear = folders.findings(images, vocabulary)
    against = [
        doubt
        for one in read
        if one.key is not None
        for doubt in contradictions(
            one.key.table, tables[one.file], one.columns, images, called, words
        )
    ]
    called = [] if against else called
    has_column = any(one.has_finding for one in read)
    doubts = against + ([] if has_column else unclear)
    if not called and not has_column:
        doubts.append("nothing says what the images show: no folder and no column is a finding")
    return called, doubts


_NOBODY = Source(name="x", title="x", owner="x", url="", order=0, files=Files(images=("*",)))


def _patterns(images: Sequence[str], tops: Sequence[str]) -> list[str]:
    patterns = [f"/{plain(top)}/" for top in tops if top]
    if len(patterns) > _LISTED:
        patterns = sorted({re.sub(r"\d+", "[0-9]*", one) for one in patterns})
    at_root = sorted({ending(path) for path in images if "/" not in path})
    return patterns + [f"/*{one}" for one in at_root]


def _ignored(
    everything: Sequence[str],
    images: Sequence[str],
    tables: set[str],
    tops: Sequence[str],
    aside: Sequence[Aside],
) -> list[str]:
    known, patterns = {*images, *tables}, set()
    beside = {one.pattern for one in aside}
    for path in everything:
        top, _, below = path.partition("/")
        if path in known:
            continue
        if below and top in tops:
            if is_no_picture(path) and not any(_is_in(path, one) for one in beside):
                patterns.add(
                    f"/{plain(path)}" if not ending(path) else f"/{plain(top)}/**/*{ending(path)}"
                )
            continue
        shown = plain(top)
        patterns.add(
            f"/{shown}/" if below else f"/*{ending(path)}" if ending(path) else f"/{shown}"
        )
    # What is set aside has a line of its own; a pattern of all pictures beside the README would
    # say the same without a mark.
    endings = {f"/*{ending(one)}" for one in beside if one.count("/") == 1 and ending(one)}
    return sorted(patterns - beside - endings)


def _unclear(everything: Sequence[str], patterns: Sequence[str]) -> list[Aside]:
    """Return patterns of files of which nothing says that they are no pictures."""
    odd = [path for path in everything if is_unclear(path)]
    found = []
    for pattern in patterns:
        is_in = pathspec.GitIgnoreSpec.from_lines([pattern]).match_file
        there = [path for path in odd if is_in(path)]
        if there:
            kinds = sorted({ending(path) or "no ending" for path in there})
            count = plural(len(there), "files")
            why = f"{count} that cannot be read as pictures ({', '.join(kinds[:_KINDS])})"
            found.append(Aside(pattern, why))
    return found


def _is_in(path: str, pattern: str) -> bool:
    return pathspec.GitIgnoreSpec.from_lines([pattern]).match_file(path)


def _always(
    seen: Mapping[str, Sight], images: Sequence[str], *, has_column: bool, has_folders: bool
) -> dict[str, tuple[str, str]]:
    always = {}
    if what := modality(seen, images):
        always["modality"] = (what, "as a few of the pictures look")
    if has_column:
        always["label_basis"] = ("stated", "a table says so; who says it there")
    elif has_folders:
        always["label_basis"] = ("folder_name", "nothing but a folder's name says so")
    return always
