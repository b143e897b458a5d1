"""The Hugging Face Hub as a target: what is there is asked first, and a release is one commit.

What was killed is taken up by what the Hub has: large files are stored by their digest before any
commit names them, the commit says its release in `index.json`, and the tag comes last.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha1
from pathlib import Path
from typing import Final

import httpx2
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, RepoCard, get_session
from huggingface_hub.errors import EntryNotFoundError, RepositoryNotFoundError
from huggingface_hub.hf_api import RepoFile

from covid19_images.release import index as index_of
from covid19_images.release import row as rows
from covid19_images.release.index import INDEX, PROOF, Index, version_key
from flows.proposal.markdown import WARNING
from flows.publish import ReleaseError
from flows.publish.checksums import sha256
from flows.publish.hub import files as squares
from flows.publish.hub.card import card
from flows.publish.huggingface import CARD, MANIFEST, Squares, write_squares
from flows.publish.target import Delivery, Say

_SMALL = (
    INDEX,
    PROOF,
    MANIFEST,
    "card.md",
    "CITATION.cff",
    "CHANGES.md",
    "conflicts.csv",
    "decided.csv",
)
_KIND: Final = "dataset"


@dataclass
class _Work:
    """What one release changes on the Hub.

    Attributes:
        adds: Files that it lacks.
        deletes: Squares of earlier releases only.
        paths: What the commit must hold, but for what is kept.
        kept: Names of all squares of the release.
        head: The newest commit.
        committed: The release of that commit, tagged or not.
    """

    adds: list[CommitOperationAdd]
    deletes: list[CommitOperationDelete]
    paths: dict[str, Path]
    kept: frozenset[str]
    head: str
    committed: str | None


@dataclass(frozen=True)
class HubTarget:
    """A dataset on the Hugging Face Hub, as a target.

    Attributes:
        name: What messages call it.
        repository: `owner/name` of the dataset.
        secret: Gives the token of who writes; it is in no address and no message.
        endpoint: Where the Hub is; its own address by default.
        silence_s: How long it may send nothing; the client itself would wait for ever.
    """

    name: str
    repository: str
    secret: Callable[[], str] = field(repr=False)
    endpoint: str | None = None
    silence_s: float = 60.0
    _works: dict[str, _Work] = field(default_factory=dict, repr=False)

    @cached_property
    def _api(self) -> HfApi:
        get_session().timeout = httpx2.Timeout(self.silence_s)
        return HfApi(endpoint=self.endpoint, token=self.secret())

    def plan(self, published: Sequence[str]) -> Sequence[str]:
        """Return the published releases that are newer than its newest tag."""
        with _sentences():
            tags = self._tags()
        newest = max(map(version_key, tags), default=())
        return [one for one in published if version_key(one) > newest]

    def transfer(self, delivery: Delivery, say: Say) -> int:
        """Store what the Hub lacks, by digest; no commit names it yet."""
        with _sentences():
            self._api.create_repo(self.repository, repo_type=_KIND, exist_ok=True)
            work = self._work(delivery, say)
            self._works[delivery.version] = work
            say(f"Sending {len(work.adds)} files to {self.name}")
            if work.adds:
                self._api.preupload_lfs_files(
                    self.repository, work.adds, repo_type=_KIND, free_memory=False
                )
        return sum(add.upload_info.size for add in work.adds)

    def verify(self, delivery: Delivery, say: Say) -> None:
        """Let the Hub read the card; what is stored it has checked by its digest."""
        say(f"Verifying the card of {delivery.version}")
        card_file = self._works[delivery.version].paths[CARD]
        with _sentences():
            text = card_file.read_text(encoding="utf-8")
            post = f"{self._api.endpoint}/api/validate-yaml"
            body = {"repoType": _KIND, "content": text}
            get_session().post(post, json=body).raise_for_status()
            RepoCard(text)

    def commit(self, delivery: Delivery) -> str:
        """Commit the release in one step, read back what the commit has, and tag it."""
        work, version = self._works.pop(delivery.version), delivery.version
        with _sentences():
            head = work.head
            if work.committed != version:
                head = self._api.create_commit(
                    self.repository,
                    [*work.deletes, *work.adds],
                    commit_message=f"Release {version}",
                    repo_type=_KIND,
                    parent_commit=head,
                ).oid
            self._read_back(head, work)
            self._api.create_tag(self.repository, tag=version, revision=head, repo_type=_KIND)
        return f"{self._api.endpoint}/datasets/{self.repository}/tree/{version}"

    def withdraw(self, index: Index) -> Sequence[str]:
        """List the files that older commits keep after pictures were taken down."""
        with _sentences():
            tags = sorted(self._tags(), key=version_key)
            earlier = [one for one in tags if version_key(one) < version_key(index.version)]
            if not earlier:
                return ()
            before = index_of.loads(self._read(earlier[-1]))
            if before.tombstones == index.tombstones:
                return ()
            gone = sorted(self._tree(earlier[-1]).keys() - self._tree(index.version).keys())
        return [
            f"Commits of {self.name} up to {earlier[-1]} have {path}, which may hold pictures that "
            "were taken down: delete it under Settings, List LFS files, with its history."
            for path in gone
            if path.startswith(squares.FOLDER)
        ]

    def _work(self, delivery: Delivery, say: Say) -> _Work:
        head = self._api.dataset_info(self.repository).sha or ""
        there = self._tree(head)
        index, folder = delivery.index, delivery.folder
        found = rows.loads((folder / index_of.MANIFEST).read_text(encoding="utf-8"))
        wanted = squares.arrange(index, found)
        paths = {name: folder / name for name in _SMALL if (folder / name).is_file()}
        paths |= {file.name: file for file in sorted(folder.glob("card-*"))}
        scratch = folder / "hub"
        scratch.mkdir(exist_ok=True)
        paths[CARD] = scratch / CARD
        paths[CARD].write_text(card(index, found, wanted, WARNING), encoding="utf-8", newline="\n")
        shards = Squares(folder, index, delivery.fetch)
        for one in wanted:
            if one.path not in there:  # its name stands for its bytes
                say(f"Writing {one.path}")
                paths[one.path] = scratch / Path(one.path).name
                write_squares(paths[one.path], one.rows, shards)
        shards.forget()
        adds = [
            CommitOperationAdd(path, str(file))
            for path, file in sorted(paths.items())
            if path not in there or not _same(there[path], file)
        ]
        keep = {one.path for one in wanted}
        old = [path for path in there if path.startswith(squares.FOLDER) and path not in keep]
        deletes = [CommitOperationDelete(path, is_folder=False) for path in sorted(old)]
        committed = index_of.loads(self._read(head)).version if INDEX in there else None
        return _Work(adds, deletes, paths, frozenset(keep), head, committed)

    def _tags(self) -> list[str]:
        try:
            refs = self._api.list_repo_refs(self.repository, repo_type=_KIND)
        except RepositoryNotFoundError:
            return []
        return [tag.name for tag in refs.tags if index_of.is_version(tag.name)]

    def _tree(self, revision: str) -> dict[str, RepoFile]:
        entries = self._api.list_repo_tree(
            self.repository, recursive=True, revision=revision, repo_type=_KIND
        )
        return {entry.path: entry for entry in entries if isinstance(entry, RepoFile)}

    def _read(self, revision: str) -> bytes:
        address = f"{self._api.endpoint}/datasets/{self.repository}/resolve/{revision}/{INDEX}"
        headers = {"authorization": f"Bearer {self._api.token}"}
        response = get_session().get(address, headers=headers)
        response.raise_for_status()
        return response.content

    def _read_back(self, revision: str, work: _Work) -> None:
        there = self._tree(revision)
        odd = sorted(work.kept - there.keys())
        odd += [p for p, file in work.paths.items() if p not in there or not _same(there[p], file)]
        if odd:
            raise ReleaseError(f"Its newest commit does not hold what was sent: {odd[0]}.")


def _same(entry: RepoFile, file: Path) -> bool:
    """Return whether the Hub has a file's bytes: it names large ones by SHA-256, others as git."""
    if entry.size != file.stat().st_size:
        return False
    if entry.lfs is not None:
        return entry.lfs.sha256 == sha256(file)
    content = file.read_bytes()
    header = f"blob {len(content)}\0".encode()
    return entry.blob_id == sha1(header + content, usedforsecurity=False).hexdigest()


@contextmanager
def _sentences() -> Iterator[None]:
    """Raise what the network does as the error of a target."""
    try:
        yield
    except (httpx2.HTTPError, EntryNotFoundError, RuntimeError, ValueError) as error:
        what = " ".join(str(error).split())[:300]
        raise ReleaseError(f"The Hub did not take it: {what}") from None
