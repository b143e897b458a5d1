"""Write `CITATION.cff` of a release: the collection, and every set in it."""

import json
from collections.abc import Sequence

from covid19_images.release.index import Index, SourceEntry

MAINTAINERS = "The covid19-images maintainers"
TITLE = "covid19-images: COVID-19 chest images, free of copies"


def citation(
    version: str,
    sources: Sequence[SourceEntry],
    doi: str | None = None,
    concept_doi: str | None = None,
) -> str:
    """Write the file.

    Args:
        version: Of the release; its first three numbers are its day.
        sources: What is in it; each becomes a reference.
        doi: What this release is cited by, where it has a DOI.
        concept_doi: What leads to the newest release, where there is such a DOI.
    """
    day = "-".join(version.split(".")[:3])
    lines = [
        "cff-version: 1.2.0",
        "message: Please cite the collection, and the sets whose images you use.",
        "type: dataset",
        f"title: {_text(TITLE)}",
        f"version: {_text(version)}",
        f"date-released: {_text(day)}",
        *_named(doi, concept_doi),
        "authors:",
        f"  - name: {MAINTAINERS}",
        "references:" if sources else "",
    ]
    for source in sources:
        lines += [
            "  - type: data",  # the standard's word in references; of the whole file it is dataset
            f"    title: {_text(source.title)}",
            f"    authors: [{{name: {_text(source.owner)}}}]",
            f"    commit: {_text(source.commit)}",
        ]
        if source.url.startswith("https://"):
            lines.append(f"    repository-code: {_text(source.url)}")
    return "\n".join(line for line in lines if line) + "\n"


def words(index: Index) -> str:
    """Return by what a release is cited, in a sentence; nothing where it has no DOI."""
    named = [f"this release as https://doi.org/{index.doi}"] if index.doi else []
    if index.concept_doi:
        named.append(f"the collection as https://doi.org/{index.concept_doi}")
    return f"Cite {' and '.join(named)}." if named else ""


def _named(doi: str | None, concept_doi: str | None) -> list[str]:
    """Write the DOIs; `doi` is that of this release, where it has one."""
    known = [
        (doi, "This release"),
        (concept_doi, "All releases; it leads to the newest"),
    ]
    lines = [
        line
        for value, what in known
        if value
        for line in (
            "  - type: doi",
            f"    value: {_text(value)}",
            f"    description: {_text(what)}",
        )
    ]
    first = next((value for value, _ in known if value), None)
    return [f"doi: {_text(first)}", "identifiers:", *lines] if first else []


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)  # every JSON string is a YAML string
