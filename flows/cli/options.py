"""Options that several commands have, with the same words in each."""

from pathlib import Path
from typing import Annotated

import typer

from flows.config.policy import ForgeKind

InCheckout = Annotated[Path, typer.Option(help="The clone of the collection.")]
InCache = Annotated[
    Path | None, typer.Option(help="Where clones are kept; may be deleted at any time.")
]
ToForge = Annotated[
    ForgeKind | None, typer.Option(help="Where proposals go; config/policy.toml by default.")
]
Direct = Annotated[bool, typer.Option(help="Run the same steps without Prefect.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
