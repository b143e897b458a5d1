"""`covid19-images download | verify | update | info`."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, cast, get_args

import typer
from rich.console import Console
from rich.filesize import decimal
from rich.table import Table

from covid19_images.download.attention import Attention
from covid19_images.download.copy import LocalCopyError, open_copy
from covid19_images.download.download import Downloaded
from covid19_images.download.download import download as fetch_release
from covid19_images.download.errors import ReleaseTroubleError, RequestError
from covid19_images.download.origin import LATEST
from covid19_images.download.places import default_folder
from covid19_images.download.progress import progress
from covid19_images.download.request import Kind, Request
from covid19_images.download.request import read as read_request
from covid19_images.download.verify import info as info_of
from covid19_images.download.verify import verify as verify_copy
from covid19_images.manifest.document import document, lines, one_line
from covid19_images.manifest.table import ManifestError
from covid19_images.release.index import IndexFormatError

_TROUBLE, _USAGE = 1, 2
_LISTED = 10
_KNOWN = (ReleaseTroubleError, LocalCopyError, IndexFormatError, ManifestError)

Folder = Annotated[
    Path | None,
    typer.Argument(metavar="[DIR]", help="The local copy; $COVID19_IMAGES_DIR by default."),
]
From = Annotated[
    str | None, typer.Option("--from", help="A folder, a mirror's url, or a GitHub repository.")
]
Loopback = Annotated[
    bool, typer.Option("--loopback", help="Let the release lead to services of this machine.")
]
Key = Annotated[
    str | None,
    typer.Option(
        "--key", help="Whose signature is believed: ed25519:…; the first one seen by default."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@contextmanager
def _report_errors() -> Iterator[None]:
    """Turn expected errors into one sentence and an exit code."""
    try:
        yield
    except _KNOWN as error:
        typer.echo(lines(f"error: {error}"), err=True)
        usage = isinstance(error, RequestError | LocalCopyError)
        raise typer.Exit(_USAGE if usage else _TROUBLE) from None
    except KeyboardInterrupt:
        typer.echo("Stopped. What was fetched is kept; run again to resume.", err=True)
        raise typer.Exit(130) from None


def download(
    folder: Folder = None,
    version: Annotated[str, typer.Option(help="A release, such as 2026.11.23.")] = LATEST,
    modality: Annotated[str | None, typer.Option(help="xray or ct.")] = None,
    source: Annotated[
        list[str] | None, typer.Option(help="Only this source; may be repeated.")
    ] = None,
    size: Annotated[
        int | None, typer.Option(help="Squares of 224 or 512 pixels instead of the images.")
    ] = None,
    origin: From = None,
    pointers: Annotated[
        bool, typer.Option(help="Fetch images that may not be shipped from their owners.")
    ] = True,
    loopback: Loopback = False,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Download a release, verified file by file; run again to resume after a stop.

    Exit codes: 0 done, 1 not done (or owners no longer have some images), 2 usage.

    Example: covid19-images download covid --modality xray --size 224
    """
    with _report_errors():
        if modality not in (None, *get_args(Kind)):
            raise RequestError(f"--modality is {modality!r}; it must be xray or ct.")
        chosen = Request(
            origin=_absolute(origin),
            modality=cast("Kind | None", modality),
            sources=tuple(source or ()),
            size=size,
            pointers=pointers,
            loopback=loopback,
        )
        _download(folder or default_folder(), version, chosen, key, as_json=as_json)


def _absolute(place: str | None) -> str | None:
    """Remember a folder in a way that holds from anywhere."""
    if place is None or place.startswith(("https://", "http://", "file://")):
        return place
    try:
        return str(Path(place).expanduser().resolve())
    except RuntimeError as error:
        raise RequestError(f"--from {place} leads nowhere: {error}.") from None


def _download(
    folder: Path, version: str, chosen: Request, key: str | None, *, as_json: bool
) -> None:
    with progress() as display:
        result = fetch_release(folder, version=version, request=chosen, key=key, progress=display)
    typer.echo(document(asdict(result)) if as_json else "\n".join(_lines(result, folder)))
    if result.missing:
        raise typer.Exit(_TROUBLE)


def _lines(result: Downloaded, folder: Path) -> Iterator[str]:
    moved = result.before and result.before != result.version
    since = f", instead of {result.before}" if moved else ""
    size = f"{result.files:,} files fetched, {decimal(result.size)}"
    yield f"{folder} holds release {result.version}{since}: {size}."
    yield _signed(result)
    if result.days_late:
        yield (
            f"Attention: the newest release there is {result.days_late} days old, and the schedule "
            "looks for a new one every week. Either nothing changed since, or that place shows an "
            "old state: compare with another, `--from`."
        )
    if result.removed:
        yield f"Removed, because the release no longer has them: {len(result.removed):,} files."
    yield from map(one_line, _attention(result.attention))
    for one in result.missing[:_LISTED]:
        yield f"not fetched: {one.why}"
    if result.missing:
        more = len(result.missing)
        yield f"{more:,} images could not be fetched from their owners. Run again to try again."


def _attention(found: Attention) -> Iterator[str]:
    """Yield what the user of a copy should know of its release."""
    yield from _listed("withdrawn", [f"{one.key}: {one.why}" for one in found.withdrawn])
    if found.withdrawn:
        count = len(found.withdrawn)
        yield f"Withdrawn since, and to be used no longer: {count:,} images. Take copies out too."
    yield from _listed("conflict in", [one.sentence for one in found.conflicts])
    if found.conflicts or found.known_conflicts:
        total = len(found.conflicts) + found.known_conflicts
        yield (
            f"Conflicts between sources: {total:,}, {len(found.conflicts):,} of them new to this"
            " copy. conflicts.csv lists them, and loaders go by what counts."
        )
    for sentence in found.shortcuts:
        yield f"Shortcut: {sentence}"


def _listed(word: str, lines: Sequence[str]) -> Iterator[str]:
    yield from (f"{word} {line}" for line in lines[:_LISTED])
    if len(lines) > _LISTED:
        yield f"{word} … {len(lines) - _LISTED:,} more"


def _signed(result: Downloaded) -> str:
    if not result.signers:
        return "Nobody signed it: that it is whole was checked, who made it was not."
    if result.trusted_now:
        return (
            f"Signed by {', '.join(result.signers)}. That key was believed because it was the "
            "first; compare it with what the maintainers say. Only it is taken from now on."
        )
    return f"Signed by {', '.join(result.signers)}, as this copy expects."


def verify(folder: Folder = None, key: Key = None, as_json: AsJson = False) -> None:
    """Hash every file of a copy again, and hold it against what was signed. Asks no server.

    Exit codes: 0 all is right, 1 something is not, 2 there is no copy.

    Example: covid19-images verify covid
    """
    folder = folder or default_folder()
    with _report_errors():
        found = verify_copy(folder, key=key)
    if as_json:
        typer.echo(document(asdict(found)))
    else:
        for word in ("damaged", "missing", "unknown"):
            names = getattr(found, word)
            for name in names[:_LISTED]:
                typer.echo(one_line(f"{word}: {name}"))
            if len(names) > _LISTED:
                typer.echo(f"{word}: … and {len(names) - _LISTED:,} more")
        for sentence in found.unproved:
            typer.echo(one_line(f"unproved: {sentence}"))
        by = f", signed by {', '.join(found.signers)}" if found.signers else ", signed by nobody"
        mend = "" if found.is_good else f" Run `covid19-images download {folder}` to mend it."
        typer.echo(f"Release {found.version}: {found.right:,} files are right{by}.{mend}")
    raise typer.Exit(0 if found.is_good else _TROUBLE)


def update(
    folder: Folder = None,
    origin: From = None,
    version: Annotated[
        str, typer.Option(help="This release, even where it is older than the copy.")
    ] = LATEST,
    loopback: Loopback = False,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Move a copy to the newest release, fetching only what changed.

    Images that were taken down since are removed. An older release is refused, unless `--version`
    names it. Exit codes as for download.

    Example: covid19-images update covid
    """
    folder = folder or default_folder()
    with _report_errors():
        open_copy(folder)
        chosen = replace(read_request(folder), loopback=loopback)
        chosen = replace(chosen, origin=_absolute(origin)) if origin else chosen
        _download(folder, version, chosen, key, as_json=as_json)


def info(folder: Folder = None, as_json: AsJson = False) -> None:
    """Show what is in a copy: originals, and squares by size.

    Exit codes: 0 done, 2 there is no copy.

    Example: covid19-images info covid
    """
    folder = folder or default_folder()
    with _report_errors():
        copy = open_copy(folder)
        sources_info = info_of(copy)
    if as_json:
        sources = [asdict(one) for one in sources_info]
        typer.echo(document({"version": copy.version, "sources": sources}))
        return
    sides = dict.fromkeys(f"{side} px" for one in sources_info for side, _ in one.squares)
    table = Table("source", "images", "originals", *sides, "licences", box=None, pad_edge=False)
    for one in sources_info:
        licences = ", ".join(f"{name} {count:,}" for name, count in one.licences[:3])
        counts = (one.images, one.originals, *(count for _, count in one.squares))
        table.add_row(one.name, *(f"{count:,}" for count in counts), one_line(licences))
    Console(highlight=False, markup=False).print(table)
    for sentence in copy.index.shortcuts:
        typer.echo(one_line(f"Shortcut: {sentence}"))
    images, here, originals = (
        sum(getattr(one, name) for one in sources_info) for name in ("images", "here", "originals")
    )
    typer.echo(
        f"Release {copy.version} in {folder}: {images:,} images, {here:,} of them here, "
        f"{originals:,} as originals."
    )


def register(app: typer.Typer) -> None:
    """Add the commands to a command line."""
    for command in (download, verify, update, info):
        app.command()(command)
