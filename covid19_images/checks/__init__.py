"""Checks of folders and copies: duplicates, and images shared with a training set."""
