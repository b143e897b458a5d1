"""The data card of a release: tables, plots, and how far shortcuts alone get."""
