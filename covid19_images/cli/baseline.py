"""The commands that measure: `baseline` and `score`."""

from pathlib import Path
from typing import Annotated

import typer

from covid19_images.cli.local import Modality, Root, Sources, report_errors, write_text
from covid19_images.manifest.document import document

Label = Annotated[str, typer.Option(help="covid, or a single finding such as Pneumonia.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command()(baseline)
    app.command()(score)


def baseline(
    modality: Modality = "xray",
    label: Label = "covid",
    source: Sources = None,
    root: Root = None,
    model: Annotated[
        str, typer.Option(help="linear, or network where PyTorch is installed.")
    ] = "linear",
    predictions: Annotated[
        Path | None, typer.Option(help="Also write its predictions, as `score` reads them.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Train a small model on the local copy, and score it on the fixed splits.

    Nothing is downloaded for it, and it comes out the same each time. Beside it: sources it never
    saw, and what a random split with copies would pay. Exit codes: 0 done, 2 there is no local
    copy, or nothing to tell apart.

    Example: covid19-images baseline --predictions predictions.csv
    """
    from covid19_images.checks.baseline.run import baseline as train  # noqa: PLC0415

    with report_errors():
        found = train(modality, model=model, label=label, sources=source, root=root)
    if predictions:
        write_text(predictions, found.predictions())
    typer.echo(document(found.document()) if as_json else repr(found))


def score(
    predictions: Annotated[Path, typer.Argument(help="CSV with image_id (or key) and score.")],
    modality: Modality = "xray",
    label: Label = "covid",
    split: Annotated[str, typer.Option(help="train, validation or test.")] = "test",
    threshold: Annotated[
        float, typer.Option(help="From which score on an image counts as positive.")
    ] = 0.5,
    source: Sources = None,
    root: Root = None,
    as_json: AsJson = False,
) -> None:
    """Score anybody's predictions on the fixed splits, by source and with intervals.

    Exit codes: 0 done, 1 images without a prediction were left out, 2 nothing can be scored.

    Example: covid19-images score predictions.csv --split validation
    """
    from covid19_images.checks.baseline.predictions import (  # noqa: PLC0415
        PredictionsError,
    )
    from covid19_images.checks.baseline.predictions import score as measure  # noqa: PLC0415

    with report_errors(PredictionsError):
        found = measure(
            predictions,
            modality,
            split,
            threshold=threshold,
            label=label,
            sources=source,
            root=root,
        )
    typer.echo(document(found.document()) if as_json else repr(found))
    raise typer.Exit(1 if found.missing else 0)
