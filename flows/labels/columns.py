"""Which columns of the manifest each field of a labels mapping fills."""

from collections.abc import Mapping

COLUMNS_OF: Mapping[str, tuple[str, ...]] = {
    "age": ("age_min", "age_max"),
    "died": ("survival",),
    "doi": ("doi",),
    "event_offset": ("offset_days", "offset_basis"),
    "finding": ("finding", "finding_raw", "label_basis"),
    "icu": ("icu",),
    "intubated": ("intubated",),
    "label_basis": ("label_basis",),
    "licence": ("licence", "licence_basis"),
    "location": ("country",),
    "modality": ("modality",),
    "notes": ("notes",),
    "offset": ("offset_days", "offset_basis"),
    "offset_basis": ("offset_basis",),
    "oxygen": ("oxygen",),
    "patient": ("patient_id",),
    "quality": (),  # words of several origins; see `flows.labels.keep`
    "sex": ("sex",),
    "spo2": ("spo2_percent", "spo2_percent_qualifier"),
    "survival": ("survival",),
    "temperature": ("temperature_c", "temperature_c_qualifier"),
    "url": ("url",),
    "view": ("view",),
}
"""Columns that belong together: they are kept, or lost, as one."""
