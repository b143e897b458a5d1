"""How the bot behaves: `config/policy.toml`."""

import re
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    Field,
    model_validator,
)

from covid19_images.manifest.shards import CSV_ROWS, SHARD_ROWS, Sizes
from flows.config import values
from flows.config.branches import apart
from flows.config.source import Host, Url
from flows.config.typed import Strict
from flows.sandbox.base import Compute

Branch = Annotated[str, AfterValidator(values.branch)]
Folder = Annotated[str, AfterValidator(values.folder)]
Web = Annotated[Url, AfterValidator(values.web)]


class ForgeKind(StrEnum):
    """Where proposals and releases can go."""

    FOLDER = "folder"
    GITHUB = "github"


class Forge(Strict):
    """Where proposals go.

    Attributes:
        kind: A local folder, or pull requests on GitHub.
        folder: Where the folder's pages are written; GitHub's review page too.
        push: Whether the folder's branch is pushed to the checkout's origin.
        repository: `owner/name` on GitHub; Actions set it in GITHUB_REPOSITORY.
        server: Address of GitHub for people and git; Actions set it in GITHUB_SERVER_URL.
        api: Address of its API; Actions set it in GITHUB_API_URL.
        pages: Whether the review page is kept on a branch of its own (`sync/datasets-page`), for
            GitHub Pages to show: everybody can then read it.
        site: Where the site is shown that takes the page from that branch; proposals lead there.
        labels: Put on every proposal, and created where they are missing.
        reviewers: Logins that are asked to review every proposal.
        seconds_between_writes: How long the bot waits after each write to GitHub, which asks for a
            second; an Enterprise server may ask for none.
    """

    kind: ForgeKind = ForgeKind.FOLDER
    folder: Folder = ".proposals"
    push: bool = False
    repository: Annotated[str, Field(pattern=r"^[\w.-]+/[\w.-]+$")] | None = None
    server: Web = "https://github.com"
    api: Web = "https://api.github.com"
    pages: bool = False
    site: Web | None = None
    labels: tuple[str, ...] = ("sync",)
    reviewers: tuple[str, ...] = ()
    seconds_between_writes: float = Field(default=1.0, ge=0, le=60)

    @model_validator(mode="after")
    def _one_host(self) -> Self:
        if not values.one_host(self.server, self.api):
            raise ValueError(
                f"api is on {values.host(self.api)}, and server is {values.host(self.server)}; "
                "a token for one must not go to the other. Name the API of that server"
            )
        return self


_ON_KAGGLE = re.compile(r"[\w-]+/[a-z0-9-]{6,50}")


class TargetKind(StrEnum):
    """What a target of releases can be."""

    FOLDER = "folder"
    GITHUB = "github"
    HUGGINGFACE = "huggingface"
    KAGGLE = "kaggle"
    ZENODO = "zenodo"


class TargetPlace(Strict):
    """Another place that every release is sent to, after the first place has it.

    Attributes:
        name: What messages call it; its token is in COVID19_IMAGES_<NAME>_TOKEN, or in the Prefect
            Secret block <name>-token.
        kind: A local folder, a repository on the forge's GitHub server, a dataset on the Hugging
            Face Hub or on Kaggle, or a record on Zenodo.
        folder: That folder, in the checkout.
        repository: That repository or dataset, `owner/name`.
        record: The number all versions on Zenodo have in common, once there is one.
        server: Zenodo's sandbox, or a repository like it; Zenodo itself by default.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9]{0,19}$")]
    kind: TargetKind
    folder: Folder | None = None
    repository: Annotated[str, Field(pattern=r"^[\w.-]+/[\w.-]+$")] | None = None
    record: Annotated[int, Field(gt=0)] | None = None
    server: Web | None = None

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if self.kind is TargetKind.ZENODO:
            if self.folder is not None or self.repository is not None:
                raise ValueError("a target of kind 'zenodo' names no folder and no repository")
            return self
        if self.record is not None or self.server is not None:
            raise ValueError("record and server are of a target of kind 'zenodo' only")
        wanted, other = ("folder", "repository")
        if self.kind is not TargetKind.FOLDER:
            wanted, other = other, wanted
        if getattr(self, wanted) is None or getattr(self, other) is not None:
            raise ValueError(
                f"a target of kind {self.kind.value!r} names its {wanted}, and no {other}"
            )
        if self.kind is TargetKind.KAGGLE and not _ON_KAGGLE.fullmatch(str(self.repository)):
            raise ValueError(
                "a dataset on Kaggle is owner/name, and name has 6 to 50 small letters, digits "
                "and hyphens"
            )
        return self


class Publish(Strict):
    """Where releases go, and where people get them.

    Attributes:
        kind: A local folder, which needs no account, or GitHub, as the forge has it.
        folder: That folder, in the checkout.
        url: Where releases can be downloaded from, up to the version: `https://github.com/OWNER/
            REPO/releases/download`. Without it, names in a release are relative.
        squares_with_labels: Whether each release also has all its squares of 224 pixels with their
            labels by split, which `datasets.load_dataset` opens. They are sent with every release.
        targets: Other places that every release is sent to.
    """

    kind: ForgeKind = ForgeKind.FOLDER
    folder: Folder = ".releases"
    url: Url | None = None
    squares_with_labels: bool = True
    targets: tuple[TargetPlace, ...] = ()

    @property
    def doi(self) -> str | None:
        """Return the DOI that leads to the newest release on Zenodo, where its record is known."""
        real = [one.record for one in self.targets if one.record and one.server is None]
        return f"10.5281/zenodo.{real[0]}" if real else None

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        names = [target.name for target in self.targets]
        folders = [self.folder, *(one.folder for one in self.targets if one.folder)]
        if len(set(names)) < len(names) or len(set(folders)) < len(folders):
            raise ValueError("two places for releases have one name or one folder; name others")
        return self


class ManifestFiles(Strict):
    """Which files the manifest has: `[manifest]`.

    Attributes:
        csv_rows: A source with more rows is written as Parquet shards, and as one CSV again when it
            has less than half of this.
        shard_rows: How many rows a shard has on average; at most 100,000.
    """

    csv_rows: int = Field(default=CSV_ROWS, gt=0)
    shard_rows: int = Field(default=SHARD_ROWS, gt=0, le=100_000)

    @property
    def sizes(self) -> Sizes:
        """Return the same for what writes the files."""
        return Sizes(self.csv_rows, self.shard_rows)


class Policy(Strict):
    """How the bot behaves: `config/policy.toml`.

    Attributes:
        base: Proposals are measured against this branch.
        branch: Proposals are laid on this branch.
        protocols: Transports an upstream url may use; http only to this machine.
        hosts: Hosts it may lead to, or redirect to.
        max_file_bytes: A larger file is refused.
        max_pixels: A larger picture is refused.
        max_paths: An upstream with more paths is refused.
        max_fetch_bytes: What one request to an upstream may transfer.
        max_clone_bytes: What the clone of one upstream may hold.
        upstream_seconds: What all git commands for one source may take together in one run.
        min_free_bytes: Nothing is fetched when less than this is free on the disk.
        decoder_memory_bytes: What decoding one file may need.
        decoder_seconds: Processor time it may take.
        hold_removed_share: A proposal that drops more of a source waits for review.
        hold_labels_lost_share: Where more of what a table says vanishes, the labels stay and the
            proposal waits for review.
        hold_relabelled_share: One that changes the labels of more of a source waits for review.
        hold_refused_share: A proposal in which more of the new files of a source cannot be read
            waits for review.
        ignore_days: How long a source is left alone when somebody asks for it.
        forge: Where proposals go.
    """

    base: Branch = "main"
    branch: Branch = "sync/datasets"
    protocols: tuple[Literal["https", "ssh", "file", "http"], ...] = ("https", "ssh")
    hosts: tuple[Host, ...] = ("github.com",)
    max_file_bytes: int = Field(default=256 * 2**20, gt=0)
    max_pixels: int = Field(default=100_000_000, gt=0)
    max_paths: int = Field(default=1_000_000, gt=0)
    max_fetch_bytes: int = Field(default=2 * 2**30, gt=0)
    max_clone_bytes: int = Field(default=64 * 2**30, gt=0)
    upstream_seconds: int = Field(default=3600, gt=0)
    min_free_bytes: int = Field(default=2**30, ge=0)
    decoder_memory_bytes: int = Field(default=6 * 2**30, gt=0)
    decoder_seconds: int = Field(default=120, gt=0)
    hold_removed_share: float = Field(default=0.2, ge=0, le=1)
    hold_labels_lost_share: float = Field(default=0.2, ge=0, le=1)
    hold_relabelled_share: float = Field(default=0.2, ge=0, le=1)
    hold_refused_share: float = Field(default=0.2, ge=0, le=1)
    ignore_days: int = Field(default=30, gt=0)
    cooldown_days: int = Field(default=0, ge=0)
    alarm_days: int = Field(default=3, gt=0)
    forge: Forge = Forge()
    release: Publish = Publish()
    compute: Compute = Compute()
    manifest: ManifestFiles = ManifestFiles()

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if self.branch == self.base:
            raise ValueError(
                f"branch and base are both {self.base!r}; proposals need a branch of their own, "
                "as in 'sync/datasets'"
            )
        if self.branch.startswith(f"{self.base}/") or self.base.startswith(f"{self.branch}/"):
            raise ValueError(
                f"git cannot have both branches {self.base!r} and {self.branch!r}; choose another"
            )
        apart(self.branch, [self.base])  # the branch of pictures too
        url = self.release.url
        if (
            self.release.kind is ForgeKind.GITHUB
            and url
            and not values.one_host(self.forge.server, url)
        ):
            raise ValueError(
                f"release.url is on {values.host(url)}, but releases go to "
                f"{values.host(self.forge.server)}; name the address of releases there"
            )
        if self.forge.folder in {target.folder for target in self.release.targets}:
            raise ValueError(f"forge.folder is a target of releases too: {self.forge.folder!r}")
        if self.forge.folder == self.release.folder:
            raise ValueError(
                f"forge.folder and release.folder are both {self.forge.folder!r}; name two folders"
            )
        return self
