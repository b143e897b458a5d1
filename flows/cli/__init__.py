"""The bot's command line: one module per command."""
