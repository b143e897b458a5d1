"""Inspect a repository that nobody described yet, and draft its TOML."""
