"""Tests mirror the packages; `tests.support` holds the world they run in."""
