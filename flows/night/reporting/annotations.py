"""Print remarks at lines of files: for people, or as annotations that GitHub shows in the diff.

What stands in a remark comes from files of strangers: in a workflow's log none of it may become a
command. https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from dataclasses import dataclass
from typing import Literal

from flows.text.escape import log_line

_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = _DATA | {":": "%3A", ",": "%2C"}


@dataclass(frozen=True, slots=True, order=True)
class Remark:
    """Something about a line of a file.

    Attributes:
        file: Path in the repository.
        line: The line, from 1.
        says: What is wrong and what would be right.
        level: Whether it must be mended.
    """

    file: str
    line: int
    says: str
    level: Literal["error", "warning"] = "error"


def plain(remark: Remark) -> str:
    """Format a remark for a terminal, as compilers do.

    >>> plain(Remark("config/policy.toml", 3, "there is no key 'bace'"))
    "config/policy.toml:3: error: there is no key 'bace'"
    """
    return log_line(f"{remark.file}:{remark.line}: {remark.level}: {remark.says}")


def annotation(remark: Remark) -> str:
    r"""Format a remark as a workflow command; nothing in it can end it or begin another.

    >>> annotation(Remark("a,b.toml", 3, "100 % wrong\nand more"))
    '::error file=a%2Cb.toml,line=3::100 %25 wrong and more'
    """
    file = "".join(_PROPERTY.get(c, c) for c in log_line(remark.file))
    says = "".join(_DATA.get(c, c) for c in log_line(remark.says))
    return f"::{remark.level} file={file},line={remark.line}::{says}"
