"""Tests of onboarding: what is guessed of a repository that nobody described."""
