"""The fields that a source's TOML can map its tables and paths to."""

FIELDS = (
    "age",
    "died",
    "doi",
    "event_offset",
    "finding",
    "icu",
    "intubated",
    "label_basis",
    "licence",
    "location",
    "modality",
    "notes",
    "offset",
    "offset_basis",
    "oxygen",
    "patient",
    "quality",
    "sex",
    "spo2",
    "survival",
    "temperature",
    "url",
    "view",
)
"""What an upstream can say of an image; `flows.labels.fields` has a reader for each."""
