"""Run the bot: `python -m flows`."""

from flows.cli.app import main

main()
