"""Get a release and keep a copy of it on this disk."""
