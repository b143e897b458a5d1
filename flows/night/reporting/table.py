"""Lay out the health of sources as rows of plain values, for any table."""

from typing import Any

from flows.forge.health import Health
from flows.text.escape import visible
from flows.text.plural import plural


def rows(health: Health) -> list[dict[str, Any]]:
    """Return one row per source; nothing that an upstream wrote hides in it."""
    return [
        {
            "source": one.source,
            "upstream": visible(one.says),
            "images": one.images,
            "changes": ", ".join(plural(n, words) for words, n in one.counts.items()),
            "refused": one.refused,
            "held": visible(one.review_reason or ""),
        }
        for one in health.sources
    ]
