"""Commit the collections that `benchmarks.scale` times nights of."""

from collections.abc import Mapping
from pathlib import Path

from covid19_images.images.decode import DECODER_SET
from covid19_images.images.fingerprint import ALGORITHM_VERSION
from covid19_images.manifest.volume import VOLUMES_VERSION
from flows.collection import state
from flows.collection.checkout import Checkout
from flows.collection.state import SourceRow
from flows.config import load
from flows.config.load import Config
from flows.night.context import RunContext
from flows.upstream import git

_SOURCE = 'title = "S"\nowner = "N"\nurl = "{url}"\norder = {at}\n[files]\nimages = ["*"]\n'
_VOCABULARY = Path(__file__).parents[1] / "config" / "vocabulary.toml"


def checkout(folder: Path, texts: Mapping[str, str], ledger: str) -> tuple[Config, Checkout]:
    """Commit a collection whose upstreams have not moved since it was described."""
    upstream, tip = _upstream(folder / "upstream.git")
    home = folder / "collection"
    (home / "config" / "sources").mkdir(parents=True)
    (home / "datasets" / "manifest").mkdir(parents=True)
    (home / "config" / "vocabulary.toml").write_bytes(_VOCABULARY.read_bytes())
    (home / "config" / "policy.toml").write_text('protocols = ["file"]', encoding="utf-8")
    for at, (name, text) in enumerate(texts.items()):
        source = _SOURCE.format(url=upstream.as_uri(), at=at)
        (home / "config" / "sources" / f"{name}.toml").write_text(source, encoding="utf-8")
        (home / "datasets" / "manifest" / f"{name}.csv").write_text(text, encoding="utf-8")
    (home / "datasets" / "splits.csv").write_text(ledger, encoding="utf-8")
    given = load.load(home / "config")
    _commit(home, given, tip)
    return given, Checkout(home)


def _commit(home: Path, given: Config, tip: str) -> None:
    git.call("init", "--quiet", "--initial-branch=main", str(home))
    before = RunContext(given, state.State(""), home, given.sources)
    versions = (ALGORITHM_VERSION, None, None, DECODER_SET, VOLUMES_VERSION)
    described = [SourceRow(s.name, tip, before.layout(s), *versions) for s in given.sources]
    (home / "datasets" / "sources.csv").write_text(state.dumps(described), encoding="utf-8")
    git.call("add", ".", folder=home)
    links = "".join(f"160000 {tip}\tdatasets/{source.name}\n" for source in given.sources)
    git.call("update-index", "--index-info", folder=home, stdin=links.encode())
    _committed(home, "commit", "--quiet", "-m", "begin")


def _upstream(folder: Path) -> tuple[Path, str]:
    git.call("init", "--quiet", "--bare", "--initial-branch=main", str(folder))
    tree = git.call("hash-object", "-w", "-t", "tree", "--stdin", folder=folder).decode().strip()
    tip = _committed(folder, "commit-tree", "-m", "begin", tree)
    git.call("update-ref", "refs/heads/main", tip, folder=folder)
    return folder, tip


def _committed(folder: Path, *args: str) -> str:
    who = ("-c", "user.name=Benchmark", "-c", "user.email=bench@example.org")
    return git.line(*who, *args, folder=folder)
