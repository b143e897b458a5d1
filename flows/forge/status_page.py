"""What needs a person, and since when: one page that is kept up from night to night.

The page carries its own memory as JSON in an HTML comment, as a proposal does.
"""

import datetime as dt
import json
import re
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from flows.forge.health import Health, SourceHealth
from flows.text.escape import code, text
from flows.text.plural import plural

PAGE = "status.md"
MARK = "<!-- covid19-images:status -->"
TITLE = "The nightly sync needs a person"
SCHEMA = 1
FORGE = "(the proposal)"
_MOST_EVENTS = 40
_MEMORY = re.compile(r"<!-- covid19-images:standing (\{[^<>]*\}) -->")
_Words = Annotated[str, Field(max_length=2_000)]


class OpenIssue(BaseModel):
    """One thing that needs a person.

    Attributes:
        kind: What sort of thing; a change of it is news.
        what: The thing in words.
        since: UTC date of the first night that met it.
    """

    model_config = ConfigDict(frozen=True)

    kind: _Words
    what: _Words
    since: dt.date


class StatusPage(BaseModel):
    """All that needs a person.

    Attributes:
        schema_version: How this is written; `schema` in the JSON.
        troubles: By source.
        events: Events, oldest first.
        good: UTC date of the last night on which nothing needed a person, where it is known.
    """

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    schema_version: int = Field(default=SCHEMA, alias="schema")
    open_issues: dict[str, OpenIssue] = {}
    events: tuple[_Words, ...] = ()
    last_clean_run: dt.date | None = None

    def kinds(self) -> dict[str, str]:
        """Return the kinds of trouble without their words, to see whether one is new."""
        return {name: trouble.kind for name, trouble in self.open_issues.items()}


def after(before: StatusPage, health: Health) -> StatusPage:
    """Return the status page after a run; sources it did not visit stay as they were.

    Args:
        before: How things stood.
        health: How the night went.
    """
    seen = {one.source: _trouble(one, health.date) for one in health.sources}
    seen[FORGE] = None
    if health.failed:
        seen[FORGE] = OpenIssue(kind="failed", what=health.failed, since=health.date)
    open_issues, events = dict(before.open_issues), list(before.events)
    for name, now in sorted(seen.items()):
        was = open_issues.pop(name, None)
        if now:
            same = was if was and was.kind == now.kind else now
            open_issues[name] = now.model_copy(update={"since": same.since})
        if (was and was.kind) != (now and now.kind):
            events.append(f"{health.date}: {name}: {now.kind if now else 'well again'}")
    return StatusPage(
        open_issues=dict(sorted(open_issues.items())),
        events=tuple(events[-_MOST_EVENTS:]),
        last_clean_run=before.last_clean_run if open_issues else health.date,
    )


def _trouble(one: SourceHealth, date: dt.date) -> OpenIssue | None:
    reasons = [(one.outcome, one.says)] if one.stale else []
    if one.review_reason:
        reasons.append(("held", f"waits for review: {one.review_reason}"))
    if one.refused:
        reasons.append(("refused files", f"{plural(one.refused, 'files')} refused"))
    if not reasons:
        return None
    kind, what = (", ".join(words) for words in zip(*reasons, strict=True))
    return OpenIssue(kind=kind, what=what[:2_000], since=date)


def read(page: str) -> StatusPage:
    """Read the memory of a page; nothing stands where there is none that we could have written."""
    found = _MEMORY.findall(page)
    try:
        status_page = StatusPage.model_validate_json(found[-1]) if found else StatusPage()
    except ValidationError:
        return StatusPage()
    return status_page if status_page.schema_version == SCHEMA else StatusPage()


def words(status_page: StatusPage) -> str:
    """Write the page, in Markdown."""
    lines = [MARK]
    if status_page.open_issues:
        lines += ["The nightly sync goes on by itself. This needs somebody to look:", ""]
        lines += [
            f"- {code(name)} since {one.since}: {text(one.what, most=500)}"
            for name, one in status_page.open_issues.items()
        ]
    else:
        lines.append("Nothing needs a person any more.")
    if status_page.last_clean_run:
        lines += ["", f"Last night on which nothing needed a person: {status_page.last_clean_run}."]
    lines += ["", "Events:", ""]
    lines += [f"- {text(event)}" for event in status_page.events]
    encoded = json.dumps(status_page.model_dump(mode="json", by_alias=True), sort_keys=True)
    for character in "<>-":
        encoded = encoded.replace(character, f"\\u{ord(character):04x}")
    return "\n".join([*lines, "", f"<!-- covid19-images:standing {encoded} -->", ""])
