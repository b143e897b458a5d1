"""Find what acts in the words of a proposal: they should say what a night says, and no more.

What a night quotes stands in code spans or is escaped (`flows.text.escape`), and what it writes
itself needs little: headings, tables, links to what was compared, boxes nobody has ticked. So all
else that GitHub would make live is found here: mentions, closing words, pictures, HTML, other
links, and boxes that are ticked already or mean another thing than they say.
"""

import re
import unicodedata
from collections.abc import Collection

from flows.config.load import Config
from flows.proposal.answers import Ignore, Judged, Rebuild, answer_of, box
from flows.proposal.proposal import Proposal
from flows.proposal.record import SHEETS
from flows.text.escape import text
from flows.text.plural import plural

_COUNT = r"[\d,]+ (?:new images?|changed|renamed|removed|relabelled|duplicates?)"
_MOVES = rf"(?:{_COUNT}(?:, {_COUNT})*|no image changed)"
_ACT = r"[\d,]+ sources? (?:moved|renamed|retired)"
_HELD = r"(?:; [\d,]+ pictures? held(?: no longer)?)*"
_MOVED = rf"(?:{_ACT}(?:, {_ACT})*|Described anew): {_MOVES}"
_TITLE = re.compile(rf"(?:Nothing moved|What people decided|{_MOVED}){_HELD}")
_MARK = "covid19-images:"
# Code spans, and what a backslash takes the meaning from; a bar would end a table's cell.
_QUOTED = re.compile(r"(`[^`|]*`)|\\[!-/:-@\[-`{-~]")
_LINK = re.compile(r"\[\]\((https://[^()\s]+)\)")
_PLACE = r"/[\w.%-]+/[\w.%-]+/(?:-/)?(?:compare|tree|commits?)/[0-9a-f.]{7,83}"
_LIVE = re.compile(r"[@<&`\[\]#]|GH-\d|://|www\.", re.IGNORECASE)


def check_words(proposal: Proposal, config: Config) -> str | None:
    """Return what is wrong with the words of a proposal, or `None`.

    Args:
        proposal: What is proposed.
        config: The configuration of this process.
    """
    if not _TITLE.fullmatch(proposal.title):
        return f"its title is none of a night's: {proposal.title[:80]!r}"
    if not proposal.body.startswith(f"# {proposal.title}\n"):
        return "its words do not begin with its title"
    places = [re.escape(host) for host in {"redirect.github.com", *config.policy.hosts}]
    links = re.compile(rf"https://(?:doi\.org/10\.\S+|(?:{'|'.join(sorted(places))}){_PLACE})")
    days = config.policy.ignore_days
    names = {source.name for source in config.sources}
    for line in proposal.body.split("\n"):
        if _MARK in plain(line):
            if line != SHEETS and not _is_box(line, names, days):
                return f"it holds a mark that no night writes: {line[:80]!r}"
        elif flaw := _flaw(line, links):
            return f"its words hold {flaw}: {line[:80]!r}"
    for sheet in proposal.sheets:
        for words in (sheet.alt, sheet.caption):
            if flaw := _flaw(words, links):
                return f"the words of a sheet hold {flaw}: {words[:80]!r}"
    return None


def plain(line: str) -> str:
    """Return what is neither quoted nor escaped in a line of Markdown."""
    return _QUOTED.sub("", line)


def _is_box(line: str, names: Collection[str], days: int) -> bool:
    """Return whether a line is a box that nobody ticked, whose words are what it means."""
    match answer_of(line):
        case Rebuild() as answer:
            words = "build this proposal anew, over what is on its branch"
        case Judged(verdict=verdict) as answer:
            words = "the same picture" if verdict == "same" else "not the same picture"
        case Ignore(source=source, until=None) as answer if source in names:
            words = f"leave {text(source, most=60)} alone for {plural(days, 'days')}"
        case _:
            return False
    return line == box(answer, words)


def _flaw(line: str, links: re.Pattern[str]) -> str | None:
    if any(unicodedata.category(c) in {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"} for c in line):
        return "a character that nobody sees"
    if "``" in line:
        return "a fence"
    rest = re.sub(r"^#{1,6} ", "", plain(line))
    for url in _LINK.findall(rest):
        if not links.fullmatch(url):
            return "a link to another place than was compared"
    live = _LIVE.search(_LINK.sub("", rest))
    return f"a live {live[0]!r}" if live else None
