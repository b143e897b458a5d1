"""The command line for people who use images: `covid19-images`."""

import typer

from covid19_images.cli import baseline as baseline_commands
from covid19_images.cli import download as release_commands
from covid19_images.cli import local as local_commands
from covid19_images.cli import provenance as provenance_command
from covid19_images.cli.audit import audit
from covid19_images.cli.duplicates import duplicates

app = typer.Typer(
    help="COVID-19 chest images, and tools that are useful on any chest images.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,  # a screen reader reads no frames, and lines break where they are full
)


release_commands.register(app)
local_commands.register(app)
provenance_command.register(app)
app.command()(audit)
baseline_commands.register(app)
app.command()(duplicates)


@app.callback()
def _collection() -> None:
    """COVID-19 chest images, and tools that are useful on any chest images."""
