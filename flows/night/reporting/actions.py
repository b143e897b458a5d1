"""Summarise a run in one line, and on the page of a GitHub Actions run."""

import os
from collections.abc import Mapping
from pathlib import Path

from flows.forge import Applied
from flows.forge.health import Health, SourceHealth
from flows.text.escape import code, text
from flows.text.plural import plural

VARIABLE = "GITHUB_STEP_SUMMARY"


def markdown(health: Health, applied: Applied, status: str | None = None) -> str:
    """Write the night as a sentence and a table.

    Args:
        health: How the sources are.
        applied: What became of the proposal.
        status: Where the status issue is, when something needs a person.
    """
    lines = [f"**{text(health.headline)}.** {text(applied.message, most=500)}", ""]
    if applied.where and applied.where.startswith("http"):
        lines += [f"[The proposal]({applied.where})", ""]
    if status and status.startswith("http"):
        lines += [f"[What needs a person]({status})", ""]
    lines += ["| source | upstream | images | changes |", "|---|---|--:|---|"]
    lines += [f"| {' | '.join(row(one))} |" for one in health.sources]
    return "\n".join(lines) + "\n"


def row(one: SourceHealth) -> tuple[str, str, str, str]:
    """Write one source as cells of a Markdown table."""
    parts = [plural(n, words) for words, n in one.counts.items()]
    parts += [f"{plural(one.refused, 'files')} refused"] if one.refused else []
    parts += [f"waits for review: {one.review_reason}"] if one.review_reason else []
    changes = code(", ".join(parts), most=500) if parts else ""
    return code(one.source), code(one.says), f"{one.images:,}", changes


def write(
    health: Health,
    applied: Applied,
    status: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Append the summary to the page of the run, where Actions name the file."""
    variables = os.environ if environment is None else environment
    if file := variables.get(VARIABLE):
        with Path(file).open("a", encoding="utf-8") as page:
            page.write(markdown(health, applied, status))
