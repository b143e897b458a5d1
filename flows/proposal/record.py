"""What only the forge knows of a body: where its sheets are, and what it pushed when.

The record is JSON in an HTML comment at the end of the body. Whoever cannot edit the body cannot
fake one: all other text goes through `flows.text.escape`, which leaves no comment alive.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from flows.proposal.answers import ticked_marks
from flows.text.escape import text

SCHEMA = 1
SHEETS = "<!-- covid19-images:sheets -->"
_RECORD = re.compile(r"\n*<!-- covid19-images:record (\{[^<>]*\}) -->[ \t\r]*\n?")

_Sha = Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]


class BodyRecord(BaseModel):
    """What a body says of itself, for the next night.

    Attributes:
        schema_version: How this record is written; `schema` in the JSON.
        base: The commit the proposal stands on.
        head: The commit the bot pushed last.
        content: Digest of everything proposed, `Proposal.content_hash`.
        run: Where the night's log is, if it ran somewhere that keeps one.
        sources: The upstream commit that each source is described at.
        labels: The labels the bot has put on; one that people took off is not put on again.
        reviewers: Whom the bot has asked.
        draft: Whether the bot made it a draft.
        ticked: The marks of boxes that were ticked when the body was written; these answer nothing.
    """

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)

    schema_version: int = Field(default=SCHEMA, alias="schema")
    base: _Sha
    head: _Sha
    content: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    run: Annotated[str, Field(max_length=500)] | None = None
    sources: dict[str, _Sha] = {}
    labels: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    draft: bool = False
    ticked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SheetLink:
    """One contact sheet that can be shown.

    Attributes:
        alt: What it shows, for those who cannot see it.
        caption: What stands under it; empty for nothing.
        url: Where it is.
    """

    alt: str
    caption: str
    url: str


def with_record(body: str, record: BodyRecord) -> str:
    """Return a body with the record at its end, in place of any other."""
    record = record.model_copy(update={"ticked": ticked_marks(body)})
    encoded = json.dumps(record.model_dump(by_alias=True), sort_keys=True)
    for character in "<>-":  # none of them stands outside of strings here
        encoded = encoded.replace(character, f"\\u{ord(character):04x}")
    return f"{_RECORD.sub('', body).rstrip()}\n\n<!-- covid19-images:record {encoded} -->\n"


def read_record(body: str) -> BodyRecord | None:
    """Read the record of a body; `None` where there is none that we could have written."""
    found = _RECORD.findall(body)
    if not found:
        return None
    try:
        record = BodyRecord.model_validate_json(found[-1])
    except ValidationError:
        return None
    return record if record.schema_version == SCHEMA else None


def with_sheets(body: str, sheets: Sequence[SheetLink]) -> str:
    """Return a body with contact sheets under its questions; for none, the place stays empty."""
    shown = [f"![{text(s.alt)}]({s.url})\n\n{text(s.caption)}".rstrip() for s in sheets]
    return body.replace(SHEETS, "\n\n".join([SHEETS, *shown]), 1)
