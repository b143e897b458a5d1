"""Write `CITATION.cff` of a release: the collection, and every set in it."""

import json
from collections.abc import Sequence

from covid19_images.release.index import SourceEntry

TITLE = "covid19-images: COVID-19 chest images, free of copies"


def citation(version: str, sources: Sequence[SourceEntry], doi: str | None = None) -> str:
    """Write the file.

    Args:
        version: Of the release; its first three numbers are its day.
        sources: What is in it; each becomes a reference.
        doi: What leads to the newest release, where there is such a DOI.
    """
    day = "-".join(version.split(".")[:3])
    lines = [
        "cff-version: 1.2.0",
        "message: Please cite the collection, and the sets whose images you use.",
        "type: dataset",
        f"title: {_text(TITLE)}",
        f"version: {_text(version)}",
        f"date-released: {_text(day)}",
        f"doi: {_text(doi)}" if doi else "",
        "authors:",
        "  - name: The covid19-images maintainers",
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


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)  # every JSON string is a YAML string
