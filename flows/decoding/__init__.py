"""Upstream blobs to results: decoded in the sandbox, cached by blob id."""
