"""One night over all of the corpus, and what became of every input."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from flows.collection import problems
from flows.collection.problems import Problem
from flows.night.run import Report
from flows.upstream.outcome import Failure
from flows.upstream.tree import printable
from tests.hostile import files, repositories, servers, words
from tests.support.collection import SIMPLE, Collection
from tests.support.pictures import png
from tests.support.upstream import Upstream

POLICY = """
protocols = ["file", "https", "ssh"]
max_file_bytes = 33554432
max_paths = 20000
decoder_memory_bytes = 1073741824
decoder_seconds = 60
upstream_seconds = 40
"""
SERVERS_POLICY = """
protocols = ["file", "http"]
hosts = ["127.0.0.1"]
max_fetch_bytes = 8388608
min_free_bytes = 0
upstream_seconds = 20
"""
TABLE = '[[tables]]\nfiles = ["{name}"]\npath = "images/{{filename}}"\n'
TABLE += '[tables.fields]\nfinding = ["finding"]\nnotes = ["notes"]\nview = ["view"]\n'
GOOD = {f"images/{n}.png": png(n) for n in range(3)}


@dataclass
class Outcome:
    """What became of the corpus.

    Attributes:
        collection: The collection afterwards.
        report: The night's.
        refused: Inputs that were refused, and the reason.
        described: Inputs that are in the manifest, as pictures or labels.
        lost: Inputs that nothing tells of; there must be none.
        ran: A file that exists where an input ran a command; it must not.
    """

    collection: Collection
    report: Report
    ran: Path
    refused: dict[str, str] = field(default_factory=dict)
    described: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    @property
    def tried(self) -> int:
        """Count the inputs."""
        return len(self.refused) + len(self.described) + len(self.lost)

    def __str__(self) -> str:
        groups = Counter(name.partition("/")[0] for name in (*self.refused, *self.described))
        lines = [f"{number:6,}  {group}" for group, number in sorted(groups.items())]
        found = (
            f"{self.tried:,} hostile inputs tried: {len(self.refused):,} refused with a reason, "
        )
        found += f"{len(self.described):,} described harmlessly, lost: {len(self.lost)}"
        return "\n".join([*lines, found])


def run(folder: Path) -> Outcome:
    """Make the corpus, and run one night over it and one good source.

    Args:
        folder: An empty folder; it holds a good gigabyte afterwards.
    """
    collection = Collection(folder / "collection")
    (collection.folder / "config" / "policy.toml").write_text(POLICY, encoding="utf-8")
    _source(collection, "good", Upstream(folder / "good.git"), dict(GOOD))
    images = files.everything()
    _source(
        collection,
        "files",
        Upstream(folder / "files.git"),
        {f"images/{name}": content for name, content in images.items()},
    )
    tables = words.tables()
    for name, content in tables.items():
        made = Upstream(folder / f"{name}.git")
        source = f"table-{name.partition('.')[0]}"
        _source(
            collection,
            source,
            made,
            {name: content, "images/x.png": png(9)},
            TABLE.format(name=name),
        )
    traps = {**repositories.REFUSED, **repositories.HARMLESS}
    for name in traps:
        trap = repositories.make(name, folder)
        collection.source(f"trap-{name}", SIMPLE.format(url=trap.url))
    let_in = SIMPLE.format(url=f"file://{folder}/dotdot.git").replace(
        "order", 'fsck_ignore = ["hasDotdot", "hasDot", "hasDotgit"]\norder'
    )
    collection.source("trap-dotdot-let-in", let_in)
    for name, url in repositories.URLS.items():
        collection.source(name, SIMPLE.format(url=url.format(ran=folder / "ran")))
    outcome = Outcome(collection, collection.night(), folder / "ran")
    _judge(outcome, list(images), list(tables), [*traps, "dotdot-let-in"])
    _run_servers(outcome, folder)
    return outcome


def _run_servers(outcome: Outcome, folder: Path) -> None:
    """Run a night of its own over servers, which must not do anything but answer over HTTP."""
    collection = Collection(folder / "servers")
    (collection.folder / "config" / "policy.toml").write_text(SERVERS_POLICY, encoding="utf-8")
    collection.source("good", SIMPLE.format(url=f"file://{folder}/good.git"))
    with servers.served() as urls:
        for kind, url in urls.items():
            collection.source(kind, SIMPLE.format(url=url))
        report = collection.night()
    failed = {change.source.name: change.outcome for change in report.changes}
    well = set(collection.records("good")) == set(GOOD) and not servers.Server.asked_elsewhere
    for kind in servers.KINDS:
        reason = getattr(failed[kind], "reason", str(failed[kind]))
        refused = reason if well and isinstance(failed[kind], Failure) else None
        _sort(outcome, f"servers/{kind}", refused, accepted=False)


def _source(
    collection: Collection, name: str, upstream: Upstream, content: dict[str, bytes], more: str = ""
) -> None:
    upstream.commit(content)
    collection.source(name, SIMPLE.format(url=upstream.url) + more)


def _judge(outcome: Outcome, images: list[str], tables: list[str], traps: list[str]) -> None:
    text = problems.loads(outcome.collection.file("datasets/problems.csv"))
    changes = {change.source.name: change for change in outcome.report.changes}
    rows = outcome.collection.records("files")
    refusals = {p.file: p.what for p in text if p.source == "files" and p.kind == "refused"}
    for name in images:
        path = f"images/{name}"
        accepted = path in rows and rows[path].status == "active"
        _sort(outcome, f"files/{name}", refusals.get(path), accepted=accepted)
    for name in tables:
        source = f"table-{name.partition('.')[0]}"
        own = [p for p in text if p.source == source]
        _sort(
            outcome,
            f"tables/{name}",
            _first(own, "table_unreadable"),
            accepted=bool(outcome.collection.records(source)),
        )
    for name in (*(f"trap-{trap}" for trap in traps), *repositories.URLS):
        change = changes[name]
        reason = getattr(change.outcome, "reason", str(change.outcome))
        refused = reason if isinstance(change.outcome, Failure) else None
        _sort(
            outcome,
            f"repositories/{name}",
            refused,
            accepted=change.images > 0 or bool(change.problems),
        )
    odd = [p for p in text if p.source == "trap-odd-names"]
    held = outcome.collection.records("trap-odd-names")
    for raw in words.paths():
        path = printable(raw)
        mine = [p for p in odd if p.file == path or path.startswith(".")]
        _sort(outcome, f"paths/{path}", mine[0].what if mine else None, accepted=path in held)


def _first(own: list[Problem], kind: str) -> str | None:
    return next((p.what for p in own if p.kind == kind), None)


def _sort(outcome: Outcome, name: str, refused: str | None, *, accepted: bool) -> None:
    if refused:
        outcome.refused[name] = refused
    elif accepted:
        outcome.described.append(name)
    else:
        outcome.lost.append(name)
