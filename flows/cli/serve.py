"""`python -m flows serve`: server, schedule and runs from one process, for one machine."""

import os
from pathlib import Path
from typing import Annotated

import typer

from flows.cli.exits import handle_errors
from flows.cli.options import InCache, InCheckout
from flows.config import load
from flows.orchestration.server import prefect_server


def serve(
    checkout: InCheckout = Path(),
    cache: InCache = None,
    port: Annotated[int, typer.Option(help="Where the Prefect UI is, on this machine.")] = 4200,
) -> None:
    """Run the nights and the releases on their schedule until stopped.

    It starts a Prefect server of its own, unless PREFECT_API_URL names one.
    Exit codes: 2 usage or configuration, 3 unexpected, 130 stopped.
    """
    folder = checkout.resolve()
    place = cache.resolve() if cache else folder / ".cache"
    with handle_errors():
        load.load(folder / "config")
        os.environ.setdefault("PREFECT_LOGGING_LEVEL", "INFO")
        with prefect_server(place / "prefect", port=port):
            from prefect import serve as serve_all  # noqa: PLC0415  reads its settings on import

            from flows.orchestration.deployments import deployments  # noqa: PLC0415

            where = os.environ.get("PREFECT_API_URL", f"http://127.0.0.1:{port}/api")
            typer.echo(f"Serving. The runs are at {where.removesuffix('/api')}")
            serve_all(*deployments(folder, place), print_starting_message=False)
