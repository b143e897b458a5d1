"""Describe in the data card what an audit of a release's training sets found."""

from collections.abc import Sequence

from flows.proposal.markdown import table
from flows.publish.card.shortcuts import FILE, Audited
from flows.text.escape import code, text
from flows.text.plural import plural

_LEAD = (
    "**Shortcuts:** how well simple models tell COVID-19 from the rest without seeing the lungs"
    " (AUC with its 95 % interval; 0.5 is chance). A score you reach is worth only what it is above"
    " these. `covid19-images audit` does the same for any set; docs/loaders.md explains it."
)
_HEADER = ["the model sees only", "of", "AUC", "95 %", "COVID-19", "other"]


def first_lines(findings: Sequence[str]) -> list[str]:
    """Return what stands above everything else; nothing where the sets pass."""
    return [f"> **Shortcut: {text(one, most=300)}**" for one in findings]


def section(found: Sequence[Audited]) -> str:
    """Write the section of the card."""
    if not found:
        return _LEAD + " No image here has what it takes to say."
    return "\n\n".join([_LEAD, *(_of_set(one) for one in found), f"All figures: `{FILE}`."])


def _of_set(one: Audited) -> str:
    verdict = "passes" if one.audit.passes else "**fails**"
    lead = f"{code(one.spelling)}, {plural(one.audit.images, 'images')}, {verdict}:"
    lead = f"{lead} {text(one.audit.sentence, most=300)}"
    left = [f"{n:,} {text(why, most=100)}" for why, n in one.audit.left_out]
    parts = [f"{lead} Left out: {'; '.join(left)}." if left else lead]
    rows = [
        [words[0], text(words[2], most=80), *words[3:5], figure.positive, figure.negative]
        for words, figure in zip(one.audit.words(), one.audit.figures, strict=True)
        if figure.auc is not None
    ]
    return "\n\n".join([*parts, *([table(_HEADER, rows)] if rows else [])])
