"""Three small releases for the site, as a place for releases holds them."""

import datetime as dt

from covid19_images.release.index import Index, Shard, SmallFile, SourceEntry, Tombstone
from flows.site.releases import Release, releases

HEADER = "change,source,path,image_id,columns\n"
CHANGES = {
    "2026.11.01": "ADD,clinic,images/1.png,c19-0000000000000001,\n"
    "ADD,clinic,images/4.png,c19-0000000000000004,\n",
    "2026.11.08": "ADD,clinic,images/2.png,c19-0000000000000002,\n"
    "MOD,clinic,images/1.png,c19-0000000000000001,finding;view\n",
    "2026.11.15": "DEL,clinic,,c19-0000000000000004,\n"
    "MOD,clinic,images/2.png,c19-0000000000000002,licence\n"
    "MOD,clinic,images/1.png,c19-0000000000000001,split\n",
}
VERSIONS = tuple(CHANGES)
DEAD = Tombstone(image_id="c19-0000000000000004", date=dt.date(2026, 11, 14), reason="privacy")


def index(version: str) -> Index:
    """Write the index of a release."""
    first = VERSIONS[0]
    shard = Shard(
        name=f"images-clinic-{'a' * 16}.tar",
        layer="images",
        source="clinic",
        images=2,
        size=18_900_000,
        sha256="b" * 64,
        first_published=first,
    )
    clinic = SourceEntry(
        name="clinic",
        title="Clinic",
        owner="The clinic",
        url="https://github.com/owner/clinic",
        commit="a" * 40,
        licence="CC-BY-4.0",
        shipped=2,
        pointers=1,
    )
    files = tuple(SmallFile(name=n, size=900, sha256="c" * 64) for n in ("card.md", "changes.csv"))
    dead = (DEAD,) if version == VERSIONS[-1] else ()
    return Index(
        version=version,
        commit="d" * 40,
        sources=(clinic,),
        files=files,
        shards=(shard,),
        tombstones=dead,
    )


def read(version: str, name: str) -> bytes:
    """Read a small file of a release."""
    if name == "index.json":
        return index(version).dumps().encode()
    if name == "card.md":
        return b"# Data card\n\n<script>alert(1)</script>\n    indented\n"
    return (HEADER + CHANGES[version]).encode()


def published(url: str | None = "https://example.org/releases") -> list[Release]:
    """Read all three, newest first."""
    return releases(VERSIONS, read, url)
