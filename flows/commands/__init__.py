"""The commands of `python -m flows` beside the nights themselves."""
