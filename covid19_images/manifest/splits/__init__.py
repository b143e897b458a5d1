"""Train, validation and test: groups never straddle, and what is placed stays where it is.

    assigned = assign(records, ledger, since=date)     pure: rows with their split, and the ledger
    figures(assigned.records, pairs, before)           what must be 0, counted another way

`ledger` is the append-only table of what was placed where, `place` decides about new groups, and
`figures` counts leaks without asking either.
"""

from covid19_images.manifest.splits.figures import Figures, figures
from covid19_images.manifest.splits.ledger import LedgerError, Placed, Side, dumps, loads
from covid19_images.manifest.splits.place import (
    TARGETS,
    Assigned,
    Standing,
    Stratum,
    assign,
    splittable,
    strata_of,
    without_quarantine,
)

__all__ = [
    "TARGETS",
    "Assigned",
    "Figures",
    "LedgerError",
    "Placed",
    "Side",
    "Standing",
    "Stratum",
    "assign",
    "dumps",
    "figures",
    "loads",
    "splittable",
    "strata_of",
    "without_quarantine",
]
