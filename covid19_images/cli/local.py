"""The commands that work on a local copy: `organize`, `check`, `summary`."""

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from covid19_images.download.progress import progress
from covid19_images.manifest import spreadsheet
from covid19_images.manifest.document import lines, one_line

if TYPE_CHECKING:
    from covid19_images.dataset.selection import Selection

Root = Annotated[
    Path | None,
    typer.Option(
        help="Folder of the local copy; $COVID19_IMAGES_DIR or the user's data folder by default."
    ),
]
Modality = Annotated[str, typer.Option(help="xray, ct, other or all.")]
LabelName = Annotated[
    str, typer.Option(help="covid, findings, coarse2, coarse3, coarse4 or raw; see docs/labels.md.")
]
Split = Annotated[
    str | None, typer.Option(help="train, validation, test, train+test, train[:75%]; all three.")
]
Words = list[str] | None
View = Annotated[Words, typer.Option(help="PA, AP, LATERAL …; may be repeated.")]
Sex = Annotated[Words, typer.Option(help="M, F or O.")]
Age = Annotated[
    tuple[float, float] | None, typer.Option(help="A range of years: two numbers, both included.")
]
Patients = Annotated[Words, typer.Option("--patient", help="Of this patient only.")]
Finding = Annotated[Words, typer.Option(help="With this word of the manifest, as COVID-19.")]
Quality = Annotated[Words, typer.Option(help="With this note; -annotated: without it.")]
Licence = Annotated[Words, typer.Option(help="An SPDX name, or redistributable.")]
Basis = Annotated[Words, typer.Option("--label-basis", help="rt_pcr, radiologist, stated …")]
Sources = Annotated[
    list[str] | None, typer.Option("--source", help="Only this source; may be repeated.")
]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command()(organize)
    app.command()(check)
    app.command()(summary)


def organize(
    folder: Annotated[Path, typer.Argument(help="Where to: a new or empty folder.")],
    layout: Annotated[
        str,
        typer.Option(
            "--for",
            help="imagefolder, huggingface, webdataset or csv; of volumes with --mask: "
            "nnunet, monai or torchio.",
        ),
    ] = "imagefolder",
    modality: Modality = "all",
    label: LabelName = "covid",
    size: Annotated[int, typer.Option(help="Side in pixels; 0 for the pictures' own sizes.")] = 224,
    source: Sources = None,
    split: Split = None,
    view: View = None,
    sex: Sex = None,
    age: Age = None,
    patients: Patients = None,
    finding: Finding = None,
    quality: Quality = None,
    licence: Licence = None,
    label_basis: Basis = None,
    balance: Annotated[
        str | None, typer.Option(help="`source`: sources and labels are independent.")
    ] = None,
    root: Root = None,
    unknown: Annotated[bool, typer.Option(help="Also images without a known label.")] = False,
    link: Annotated[
        bool, typer.Option(help="Link picture files to the local copy's cache; one disk only.")
    ] = False,
    mask: Annotated[
        Words,
        typer.Option(help="Of volumes: a class of masks, as lung; may be repeated."),
    ] = None,
    spacing_mm: Annotated[
        tuple[float, float, float] | None,
        typer.Option(help="Of volumes: to the right, front and head; their own by default."),
    ] = None,
    window: Annotated[
        str | None,
        typer.Option(help="Of volumes: lung, mediastinum or bone: that becomes 0 to 1."),
    ] = None,
) -> None:
    """Write train, validation and test to a folder that any library reads.

    Pictures are 8-bit grey PNG; volumes are NIfTI in their own units, with a label of their masks.
    No patient, file or copy is in two splits. A run that was interrupted goes on where it stopped.
    Exit codes: 0 done, 2 nothing was or could be written.

    Example: covid19-images organize folders --for imagefolder --modality xray
    """
    from covid19_images.dataset import arguments  # noqa: PLC0415  starts quickly without
    from covid19_images.dataset import organize as pictures  # noqa: PLC0415
    from covid19_images.dataset.organize.volumes import LAYOUTS  # noqa: PLC0415
    from covid19_images.dataset.select import select  # noqa: PLC0415

    with report_errors(pictures.OrganizeError):
        layout = arguments.one_of("layout", layout, (*pictures.LAYOUTS, *LAYOUTS))
        of_volumes = layout in LAYOUTS
        if of_volumes and not mask:
            raise arguments.SelectionError(
                f"--for {layout} writes masks as labels: name one, as --mask lung."
            )
        if not of_volumes:
            own = {"--mask": mask, "--spacing-mm": spacing_mm, "--window": window}
            arguments.of_volumes_only(f"--for {', '.join(LAYOUTS)}", **own)
        chosen = select(
            modality,
            split,
            view=view,
            sex=sex,
            age=age,
            patients=patients,
            finding=finding,
            quality=quality,
            licence=licence,
            label_basis=label_basis,
            balance=balance,
            label=label,
            size=size or None,
            sources=source,
            root=root,
            unknown="keep" if unknown or of_volumes else "drop",
        )
        if of_volumes:
            shown = _write_volumes(chosen, folder, layout, mask, spacing_mm, window)
        else:
            shown = _write_pictures(chosen, folder, layout, link=link)
    typer.echo(f"{shown}\nin {folder}")


def _write_volumes(
    chosen: "Selection",
    folder: Path,
    layout: str,
    mask: list[str] | None,
    spacing_mm: tuple[float, float, float] | None,
    window: str | None,
) -> str:
    """Write the volumes of a selection, whose labels are masks; return how they are shown."""
    from covid19_images.dataset.organize.volumes import organize_volumes  # noqa: PLC0415
    from covid19_images.dataset.volumes import volumes  # noqa: PLC0415

    found = volumes(chosen, masks=mask, spacing_mm=spacing_mm, window=window)
    organize_volumes(found, folder, layout)
    return repr(found)


def _write_pictures(chosen: "Selection", folder: Path, layout: str, *, link: bool) -> str:
    from covid19_images.dataset.organize import organize as write  # noqa: PLC0415

    with progress() as say:
        write(chosen, folder, layout, link=link, say=say)
    return repr(chosen)


def check(
    folder: Annotated[Path, typer.Argument(help="Your pictures, of any format.")],
    root: Root = None,
    html: Annotated[
        Path | None, typer.Option(help="Also write a page with the pictures side by side.")
    ] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV, for programs.")] = False,
) -> None:
    """Find which of your pictures are in the collection, and on which side of its split.

    Volumes are not compared as such: of a NIfTI file the middle slice is, of DICOM each file.
    Nothing is changed, and nothing leaves this machine. Exit codes: 0 none are, 1 some are or may
    be, 2 there is no such folder or no local copy.

    Example: covid19-images check my-pictures --html page.html
    """
    from covid19_images.checks.contamination import check as compare  # noqa: PLC0415

    with report_errors(NotADirectoryError):
        found = compare(folder, root=root)
    if html:
        write_text(html, found.page)
    rows = [[hit.path, hit.key, hit.kind, hit.split, hit.why, hit.disputed] for hit in found.hits]
    header = ["yours", "in the collection", "kind", "split", "why", "disputed"]
    if as_csv:
        sys.stdout.write(spreadsheet.dumps([header, *rows]))
    else:
        _table(header[:-1], [row[:-1] for row in rows])
        disputed = ((hit.path, hit.disputed) for hit in found.hits if hit.disputed)
        for path, words in dict.fromkeys(disputed):
            typer.echo(one_line(f"disputed: {path}: {words}"))
        for file in found.refused:
            typer.echo(one_line(f"not read: {file.path}: {file.reason}"))
        for sentence in found.shortcuts:
            typer.echo(one_line(f"Shortcut in the collection: {sentence}"))
        typer.echo(repr(found))
    raise typer.Exit(1 if found.hits else 0)


def summary(
    modality: Modality = "all",
    label: LabelName = "covid",
    source: Sources = None,
    root: Root = None,
) -> None:
    """Count the images of the local copy by source, class and split.

    Exit codes: 0 done, 2 there is no local copy, or nothing that is asked for in it.

    Example: covid19-images summary --modality ct
    """
    from covid19_images.dataset.overview import counts  # noqa: PLC0415
    from covid19_images.dataset.select import select  # noqa: PLC0415

    with report_errors():
        chosen = select(modality, label=label, sources=source, root=root, unknown="keep")
    table = counts(chosen).reset_index()
    _table([str(column) for column in table], table.astype(str).to_numpy().tolist())


def _table(header: list[str], rows: list[list[str]]) -> None:
    table = Table(*header, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*map(one_line, row))
    if rows:
        Console(highlight=False, markup=False).print(table)


def write_text(file: Path, text: str) -> None:
    """Write a file that somebody asked for; where that is impossible, print why, and exit."""
    try:
        file.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        typer.echo(f"error: {file} cannot be written: {error.strerror}. Name another.", err=True)
        raise typer.Exit(2) from None


@contextmanager
def report_errors(*kinds: type[Exception]) -> Iterator[None]:
    """Print in one line what cannot be done, and exit.

    Args:
        kinds: What is expected beside trouble with a local copy or a selection.
    """
    from covid19_images.dataset.arguments import SelectionError  # noqa: PLC0415
    from covid19_images.download.copy import LocalCopyError  # noqa: PLC0415

    expected: tuple[type[Exception], ...] = (*kinds, LocalCopyError, SelectionError)
    try:
        yield
    except expected as error:
        typer.echo(lines(f"error: {error}"), err=True)
        raise typer.Exit(2) from None
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:  # which no question of a path answers
            raise
        typer.echo(lines(f"error: {error.strerror}: {error.filename}"), err=True)
        raise typer.Exit(2) from None
