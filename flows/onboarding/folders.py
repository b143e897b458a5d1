"""Guess what folders and names say: what is seen, whose pictures they are, what was made of others.

Nothing here is certain: a folder is called as somebody liked. Every rule says why it was written.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from flows.config.load import Vocabulary
from flows.labels.words import fold
from flows.onboarding.names import literal, words_of
from flows.text.plural import plural

_NOT = re.compile(r"\b(no|non|not|neg|negative|without)\b")
_OF_A_SET = re.compile(
    r"\b(archive|challenge|classification|collection|data|database|dataset|datasets|detection|"
    r"master|project|repository|segmentation|set|vs)\b"
)
_PERSON = re.compile(
    r"(?P<before>(?:case|dcm|pat|patient|person|pt|p|sub|subj|subject)[-_ ]*)\d+[A-Za-z]?",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"([A-Za-z][\w -]*?)[-_ (]*\d+\)?\.")
_PERSONS = re.compile(r"(cases|patients|persons|subjects)", re.IGNORECASE)
_MADE = (
    r"aug|augment|augmented|augmentation|clahe|enhanced|enhancement|equali[sz]ed|equali[sz]ation|"
    r"flipped|generated|hflip|mixup|oversampled|rotated|smote|synthetic|vflip"
)
_MADE_NAME = re.compile(rf"(?:^|[-_ ])(?P<word>{_MADE})(?:\d|[-_ .])", re.IGNORECASE)
_KERAS = re.compile(r"_\d+_\d{3,}\.\w+")  # of `ImageDataGenerator`, where no prefix is given
_MOST = 0.8  # of the pictures are in a folder, before its name is taken for a patient's
_MANY = 0.5  # of the pictures must begin with a finding, before it is taken for one
_FEWEST = 3
_LISTED = 20


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of `[[paths]]`, and why it was written.

    Attributes:
        match: Its regular expression.
        why: What speaks for it.
        sets: What is true where it matches, by field.
        of_folders: Whether it is of what folders are called, and not of files.
    """

    match: str
    why: str
    sets: Mapping[str, str] = field(default_factory=dict)
    of_folders: bool = True

    def holds(self, path: str) -> bool:
        """Return whether a path matches."""
        return re.search(self.match, path) is not None


def findings(images: Sequence[str], vocabulary: Vocabulary) -> tuple[list[Rule], list[str]]:
    """Return rules for folders that are called after what is seen, and doubts about others."""
    meant = _meant(vocabulary)
    parents = {part for path in images for part in path.split("/")[:-1]}
    partly = {part: _partly(part, meant) for part in sorted(parents)}
    named: Counter[str] = Counter()
    begun: Counter[str] = Counter()
    parts: Counter[str] = Counter()
    deep = False
    for path in images:
        above = path.split("/")[:-1]
        exact = next((one for one in reversed(above) if fold(one) in meant), None)
        if exact is not None:
            named[exact] += 1
            deep = deep or exact != above[-1]
        elif part := next((one for one in reversed(above) if partly[one]), None):
            parts[part] += 1
        elif (start := _NUMBERED.match(path.rpartition("/")[2])) and fold(start[1]) in meant:
            begun[start[1]] += 1
    rules, doubts = [], []
    for part, count in sorted(parts.items()):
        found = partly[part]
        if isinstance(found, str):
            why = f"by a part of the folder's name ({plural(count, 'files')})"
            rules.append(Rule(f"(^|/){literal(part)}/", why, {"finding": found}))
        else:
            what = "what is not seen there" if _negates(part) else "several findings at once"
            doubts.append(f"{part}/ ({plural(count, 'files')}) seems to say {what}; it is not used")
    if named:
        names = "|".join(map(literal, sorted(named)))
        match = f"^(.*/)?(?P<finding>{names})/" if deep else f"(^|/)(?P<finding>{names})/[^/]+$"
        rules.append(Rule(match, f"by the folders' names ({plural(named.total(), 'files')})"))
    if begun.total() >= max(_FEWEST, _MANY * len(images)):
        names = "|".join(map(literal, sorted(begun)))
        why = f"by what files' names begin with ({plural(begun.total(), 'files')})"
        rules.append(Rule(rf"(^|/)(?P<finding>{names})[-_ (]*\d[^/]*$", why, of_folders=False))
    return rules, doubts


def _meant(vocabulary: Vocabulary) -> dict[str, str]:
    """Return what folders may be called, and the finding each is."""
    meant = {fold(finding): finding for finding in vocabulary.findings}
    for word, findings_of in vocabulary.values.get("finding", {}).items():
        if len(findings_of) == 1 and findings_of[0]:
            meant[fold(word)] = findings_of[0]
    return meant


def _partly(name: str, meant: Mapping[str, str]) -> str | bool:
    """Return the finding that a part of a name is; `True` where it cannot be said which."""
    words = f" {words_of(name)} "
    if _OF_A_SET.search(words):
        return False
    found = {finding for word, finding in meant.items() if f" {words_of(word)} " in words}
    if len(found) > 1:
        found.discard("Pneumonia")  # another finding says of which kind
    if found == {"No finding"} or (len(found) == 1 and not _negates(name)):
        return found.pop()
    return bool(found)


def _negates(name: str) -> bool:
    return _NOT.search(words_of(name)) is not None


def patients(images: Sequence[str]) -> Iterator[Rule]:
    """Return a rule where folders, or what file names begin with, are called after patients."""
    by_depth: dict[int, list[str]] = defaultdict(list)
    for path in images:
        for depth, part in enumerate(path.split("/")[:-1]):
            if _PERSON.fullmatch(part):
                by_depth[depth].append(part)
    for _, found in sorted(by_depth.items(), key=lambda item: -len(item[1])):
        if len(found) >= _MOST * len(images) and len(set(found)) > 1:
            yield Rule(f"(^|/)(?P<patient>{_numbered(found)})/", _so_many(found, "folders"))
            return
    above = [parts for path in images if len(parts := path.split("/")) > _FEWEST - 1]
    for depth in range(max(map(len, above), default=0) - 2):
        there = [one for one in above if len(one) > depth + 2 and _PERSONS.fullmatch(one[depth])]
        found = [one[depth + 1] for one in there]
        if len(found) >= _MOST * len(images) and len(set(found)) > 1:
            of = "|".join(sorted({literal(one[depth]) for one in there}))
            yield Rule(f"(^|/)({of})/(?P<patient>[^/]+)/", _so_many(found, "folders"))
            return
    yield from _in_names(images)


def _in_names(images: Sequence[str]) -> Iterator[Rule]:
    found = []
    for path in images:
        name = path.rpartition("/")[2]
        if (start := _PERSON.match(name)) and re.match(r"[-_. ]", name[start.end() :]):
            found.append(start[0])
    if len(set(found)) >= _FEWEST:
        why = _so_many(found, "beginnings of names")
        yield Rule(f"(^|/)(?P<patient>{_numbered(found)})[-_. ][^/]*$", why)


def _numbered(found: Iterable[str]) -> str:
    """Write what names of patients have in common."""
    matches = [one for name in found if (one := _PERSON.fullmatch(name))]
    before = sorted({literal(one["before"]) for one in matches})
    letter = "[A-Za-z]?" if any(one[0][-1].isalpha() for one in matches) else ""
    return (before[0] if len(before) == 1 else f"({'|'.join(before)})") + rf"\d+{letter}"


def _so_many(found: Sequence[str], what: str) -> str:
    return f"by {what}: {plural(len(set(found)), 'patients')} of {plural(len(found), 'files')}"


def made_of_others(images: Sequence[str]) -> list[Rule]:
    """Return a rule for each folder or ending of names that is called after what was done there."""
    folders: Counter[str] = Counter()
    words: Counter[str] = Counter()
    drawn = 0
    for path in images:
        *above, name = path.split("/")
        part = next((one for one in above if _is_made(one)), None)
        if part is not None:
            folders[part] += 1
        elif found := _MADE_NAME.search(name):
            words[found["word"]] += 1
        elif _KERAS.fullmatch(name):
            drawn += 1
    sets = {"quality": "augmented"}
    rules = [
        Rule(f"(^|/){literal(part)}/", f"by the folder's name ({plural(count, 'files')})", sets)
        for part, count in sorted(folders.items())[:_LISTED]
    ]
    if words:
        names = "|".join(map(literal, sorted(words)))
        why = f"by the files' names ({plural(words.total(), 'files')})"
        rules.append(Rule(rf"(^|[-_ /])({names})(\d|[-_ .])[^/]*$", why, sets))
    if drawn >= _FEWEST:
        why = f"as Keras calls what it draws from pictures ({plural(drawn, 'files')})"
        rules.append(Rule(r"(^|/)_\d+_\d+\.[^/]*$", why, sets))
    return rules


@cache
def _is_made(name: str) -> bool:
    words = words_of(name)
    return bool(re.search(rf"\b({_MADE})\b", words)) and not _NOT.search(words)
