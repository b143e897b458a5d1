"""Guess a layout from names, tables and a few pictures; what is not certain is marked.

Certain is what was held against the data: a column whose cells are read as what it is taken for,
a name that nearly all rows and images share. Nothing is invented: what contradicts itself is left
out and stands in `doubts`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pathspec

from flows.config.load import Vocabulary
from flows.config.source import Files, Source
from flows.labels.rows import translations
from flows.labels.table import TableText
from flows.labels.words import Words
from flows.onboarding import columns as guessed
from flows.onboarding import folders, masks
from flows.onboarding.against import contradictions
from flows.onboarding.columns import Columns
from flows.onboarding.folders import Rule
from flows.onboarding.joins import JoinGuess, joins
from flows.onboarding.key import Key, key
from flows.onboarding.names import ending, plain
from flows.onboarding.sight import Sight, converted, modality, twins
from flows.onboarding.sort import DOCUMENTS, Aside, is_no_picture, is_unclear, sort
from flows.text.plural import plural

_PREDICTED = re.compile(r"submission[^/]*$", re.IGNORECASE)  # as a competition wants them
_LISTED = 8  # folders beside the README, before those that numbers tell apart are one pattern
_KINDS = 3  # endings that are named
_MUCH = 3  # images that a document must describe, or it may be of one, or a program's settings


@dataclass(frozen=True, slots=True)
class TableGuess:
    """What a table seems to say.

    Attributes:
        file: Its path.
        key: How a row names its image; `None` where no column does.
        columns: What its columns say.
        images: How many images there are, for words.
        joined: Tables that seem to say more of its rows.
    """

    file: str
    key: Key | None
    columns: Columns
    images: int
    joined: Sequence[JoinGuess] = ()

    @property
    def every_file(self) -> tuple[str, ...]:
        """Return its path, and those of the tables that are joined to it."""
        return (self.file, *(one.file for one in self.joined))

    @property
    def has_finding(self) -> bool:
        """Return whether a column of it, or of what is joined, seems to be the finding."""
        every = (self.columns, *(one.columns for one in self.joined))
        return self.key is not None and any(one.says_finding for one in every)

    @property
    def has_patient(self) -> bool:
        """Return whether a column of it, or of what is joined, seems to be the patient."""
        every = (self.columns, *(one.columns for one in self.joined))
        return self.key is not None and any("patient" in {*one.sure, *one.guessed} for one in every)


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
    read = _tables(stated, images, others, words)
    used = {file for one in read for file in one.every_file}
    why = "predictions, by its name"
    aside = [*found.aside, *(Aside(f"/{plain(file)}", why) for file in predicted)]
    doubts += [
        f"{one.file}: no column names the images; say how a row does, or take the table out"
        for one in read
        if one.key is None
    ]
    called, unsure = _findings(read, tables, images, vocabulary, words)
    doubts += unsure
    made = folders.made_of_others(images)
    persons = list(folders.patients(images))
    left = [path for path in images if not any(one.holds(path) for one in (*made, *persons))]
    doubts += twins(seen, left) + converted(seen, images)
    persons = [] if any(one.has_patient for one in read) else persons
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


def _says_much(table: TableGuess) -> bool:
    return table.key is not None and table.key.named >= _MUCH


def _is_in(path: str, pattern: str) -> bool:
    return pathspec.GitIgnoreSpec.from_lines([pattern]).match_file(path)


def _tables(
    tables: Mapping[str, TableText],
    images: Sequence[str],
    others: Sequence[Source],
    words: Words,
) -> list[TableGuess]:
    """Guess what the tables say; those that are joined to others stand with them only."""
    named = [_table(file, text, images, others, words) for file, text in sorted(tables.items())]
    beside = {one.file: tables[one.file] for one in named if one.key is None}
    read = [
        replace(one, joined=tuple(joins(tables[one.file], one.key.column, beside, others, words)))
        if one.key
        else one
        for one in named
        if ending(one.file) not in DOCUMENTS or _says_much(one)
    ]
    for one in read:
        _join_by_patient(one)
    taken = {joined.file for one in read for joined in one.joined}
    return [one for one in read if one.file not in taken]


def _join_by_patient(table: TableGuess) -> None:
    """Take the key to a table of patients for the patient, where no column is."""
    if table.joined and not table.has_patient:
        joined, columns = table.joined[0], table.columns
        columns.guessed["patient"] = (joined.on, f"it leads to {joined.file}")
        columns.unknown = [column for column in columns.unknown if column != joined.on]


def _table(
    file: str, text: TableText, images: Sequence[str], others: Sequence[Source], words: Words
) -> TableGuess:
    found = key(file, text, images)
    columns = guessed.columns(text, found.column if found else None, others, words)
    return TableGuess(file, found, columns, len(images))


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
