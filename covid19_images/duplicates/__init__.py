"""The duplicate engine: words and hashes propose pairs, geometry decides about them.

    features = extract(grey)                      one picture, 12 kB
    pairs = find(new, known)                      every copy of the new ones
    kept = copies(links(pairs), items, order)     which copy stays, and what the others are

`features`, `panels` and `codes` describe a picture, `search`, `hamming` and `blocks` propose pairs;
`transforms`, `registration` and `texture` compare two, `slices`, `kinds` and `verdict` decide,
`clusters` groups.
`folder`, `found` and `page` do all of it for a folder of files.
"""

from covid19_images.duplicates.clusters import Copy, Link, copies, groups, links
from covid19_images.duplicates.engine import Pair, find
from covid19_images.duplicates.features import ALGORITHM_VERSION, Features, extract
from covid19_images.duplicates.folder import RefusedFile
from covid19_images.duplicates.found import Found
from covid19_images.duplicates.page import kind, render, why
from covid19_images.duplicates.picture import Item
from covid19_images.duplicates.texture import Agreement
from covid19_images.duplicates.verdict import Different, Evidence, Same, Undecided, Verdict, decide

__all__ = [
    "ALGORITHM_VERSION",
    "Agreement",
    "Copy",
    "Different",
    "Evidence",
    "Features",
    "Found",
    "Item",
    "Link",
    "Pair",
    "RefusedFile",
    "Same",
    "Undecided",
    "Verdict",
    "copies",
    "decide",
    "extract",
    "find",
    "groups",
    "kind",
    "links",
    "render",
    "why",
]
