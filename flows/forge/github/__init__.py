"""Proposals as one rolling pull request on GitHub."""
