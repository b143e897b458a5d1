"""What a release was made from, in the words of W3C PROV, as Croissant wants it.

It is the predicate of the release's statement and no second account: https://www.w3.org/TR/prov-o/.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from covid19_images.release.index import PROOF, Index
from covid19_images.release.proof import Dependency, Predicate
from flows.publish.citation import MAINTAINERS

CONTEXT: Mapping[str, str] = {
    "prov": "http://www.w3.org/ns/prov#",
    "sdVersion": "cr:sdVersion",
}
_UPSTREAM = "upstream/"
_DERIVED = (_UPSTREAM, "collection", "release before")  # of the others it was made, not derived
_URN = "urn:covid19-images:"


def provenance(index: Index, predicate: Predicate, home: str) -> dict[str, Any]:
    """Return the properties of a dataset that say what it was made from, by what, and by whom.

    Args:
        index: What the release is.
        predicate: What its statement says of where it comes from.
        home: The page of the collection.
    """
    definition = predicate.build_definition
    maintainers = {
        "@type": "sc:Organization",
        "name": MAINTAINERS,
        "url": home,
    }
    owners = {f"{_UPSTREAM}{one.name}": one.owner for one in index.sources}
    entities = [_entity(one, owners) for one in definition.resolved_dependencies]
    is_derived = [one.name.startswith(_DERIVED) for one in definition.resolved_dependencies]
    builder = predicate.run_details.builder
    signers = [
        {"@type": "prov:Agent", "@id": name, "prov:label": "A key that signs this release"}
        for name in definition.internal_parameters.signers
    ]
    return {
        "creator": maintainers,
        "publisher": maintainers,
        "prov:wasDerivedFrom": [
            one for one, is_one in zip(entities, is_derived, strict=True) if is_one
        ],
        "prov:wasGeneratedBy": {
            "@type": "prov:Activity",
            "prov:label": f"Release {index.version}, by version {index.processing} of the rules",
            "prov:used": [
                one for one, is_one in zip(entities, is_derived, strict=True) if not is_one
            ],
            "prov:wasAssociatedWith": {
                "@type": "prov:SoftwareAgent",
                "@id": builder.id,
                "prov:label": " ".join(f"{k} {v}" for k, v in sorted(builder.version.items())),
            },
        },
        **({"prov:wasAttributedTo": signers} if signers else {}),
        "prov:has_provenance": {"@id": PROOF},
    }


def _entity(one: Dependency, owners: Mapping[str, str]) -> dict[str, Any]:
    """Return something that the release was made from, with the digest that names it."""
    kind, digest = next(iter(one.digest.items()), ("", ""))
    is_address = "://" in one.uri
    place = one.uri if is_address else f"{_URN}{quote(one.name)}:{digest or 'unknown'}"
    found: dict[str, Any] = {"@type": "prov:Entity", "@id": place, "prov:label": one.name}
    if one.uri and not is_address:
        found["prov:label"] = f"{one.name}: {one.uri}"
    if kind == "sha256":
        found["sha256"] = digest
    elif kind:
        found["identifier"] = {"@type": "sc:PropertyValue", "propertyID": kind, "value": digest}
    if one.annotations:
        found["description"] = ", ".join(f"{k}: {v}" for k, v in sorted(one.annotations.items()))
    if one.name in owners:
        owner = {"@type": "prov:Agent", "prov:label": owners[one.name]}
        found["prov:wasAttributedTo"] = owner
    return found
