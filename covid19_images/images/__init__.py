"""Bytes to pictures: formats, decoding, fingerprints, resizing."""
