"""Whether two values of one field can both be true of one exposure.

A finding is compatible with what it is a kind of: "Pneumonia" and "COVID-19" can both hold, "No
finding" and "COVID-19" cannot. Signs, as in NIH ChestX-ray14, and ARDS go with every cause.
"""

from collections.abc import Callable, Mapping, Sequence, Set

from covid19_images.manifest.record import Record

FIELDS = ("finding", "view", "sex", "age", "patient", "offset", "laterality", "licence")
NO_FINDING = "No finding"

_BACTERIAL = "Bacterial pneumonia"
_VIRAL = "Viral pneumonia"
_FUNGAL = "Fungal pneumonia"
# What each cause is a kind of, up to "Pneumonia"; docs/labels.md has the same words.
KIND_OF: Mapping[str, tuple[str, ...]] = {
    "Pneumonia": (),
    _BACTERIAL: ("Pneumonia",),
    _VIRAL: ("Pneumonia",),
    _FUNGAL: ("Pneumonia",),
    "Lipoid pneumonia": ("Pneumonia",),
    "Tuberculosis": (_BACTERIAL, "Pneumonia"),
    **dict.fromkeys(
        ("Streptococcus", "Klebsiella", "Legionella", "Mycoplasma", "Chlamydophila", "E. coli"),
        (_BACTERIAL, "Pneumonia"),
    ),
    **dict.fromkeys(("COVID-19", "SARS", "MERS", "Varicella", "Influenza"), (_VIRAL, "Pneumonia")),
    "Pneumocystis": (_FUNGAL, "Pneumonia"),
}
_WIDER_VIEW = {"AP_SUPINE": "AP", "AP_ERECT": "AP"}


def findings(a: Sequence[str], b: Sequence[str]) -> bool:
    """Return whether two lists of findings can both hold.

    >>> findings(["Pneumonia"], ["COVID-19"]), findings(["No finding"], ["COVID-19"])
    (True, False)
    >>> findings(["SARS"], ["COVID-19"]), findings(["Effusion"], ["COVID-19"])
    (False, True)
    >>> findings(["Pneumonia", "SARS"], ["COVID-19"])
    False
    """
    one, other = _narrowest(set(a)), _narrowest(set(b))
    if not one or not other or one == other:
        return True
    if NO_FINDING in one | other:
        return False
    causes = one & KIND_OF.keys(), other & KIND_OF.keys()
    if not all(causes):
        return True
    return any(_related(x, y) for x in causes[0] for y in causes[1])


def _narrowest(found: Set[str]) -> set[str]:
    """Return findings without those that another one is a kind of: these say nothing more."""
    wider = {word for one in found for word in KIND_OF.get(one, ())}
    return set(found - wider)


def _related(a: str, b: str) -> bool:
    return a == b or a in KIND_OF[b] or b in KIND_OF[a]


def _views(a: Record, b: Record) -> bool:
    if a.view == b.view:
        return True
    return _WIDER_VIEW.get(str(a.view)) == b.view or _WIDER_VIEW.get(str(b.view)) == a.view


def _ages(a: Record, b: Record) -> bool:
    ends = [a.age_min, a.age_max, b.age_min, b.age_max]
    low = [-1 if end is None else end for end in (ends[0], ends[2])]
    high = [200 if end is None else end for end in (ends[1], ends[3])]
    return low[0] <= high[1] and low[1] <= high[0]


def _patients(a: Record, b: Record) -> bool:
    return a.source != b.source or a.patient_id == b.patient_id  # ids mean nothing elsewhere


def _offsets(a: Record, b: Record) -> bool:
    bases = {a.offset_basis, b.offset_basis} - {None, "unknown"}
    return len(bases) > 1 or a.offset_days == b.offset_days


def _licences(a: Record, b: Record) -> bool:
    return a.licence == b.licence


def _sides(a: Record, b: Record) -> bool:
    mirrored = (a.duplicate_kind == "flipped" and a.duplicate_of == b.key) or (
        b.duplicate_kind == "flipped" and b.duplicate_of == a.key
    )
    return not mirrored


BOTH_HOLD: Mapping[str, Callable[[Record, Record], bool]] = {
    "finding": lambda a, b: findings(a.finding, b.finding),
    "view": _views,
    "sex": lambda a, b: a.sex == b.sex,
    "age": _ages,
    "patient": _patients,
    "offset": _offsets,
    "laterality": _sides,
    "licence": _licences,
}
"""By field, whether what two rows state can both be true; asked only where both state something."""


def value(row: Record, field: str) -> str:
    """Return what a row states of a field, in our words; empty where it states nothing."""
    if field == "finding":
        return "; ".join(row.finding)
    if field == "age":
        ends = ["" if end is None else str(end) for end in (row.age_min, row.age_max)]
        return "" if not any(ends) else ends[0] if ends[0] == ends[1] else "..".join(ends)
    if field == "offset":
        if row.offset_days is None:
            return ""
        return f"{row.offset_days} days since {row.offset_basis or 'unknown'}"
    if field == "licence":
        return "" if row.licence in (None, "NOASSERTION") else str(row.licence)
    if field == "laterality":
        return "mirrored" if row.duplicate_kind == "flipped" else "as taken"
    return str(getattr(row, {"patient": "patient_id"}.get(field, field)) or "")
