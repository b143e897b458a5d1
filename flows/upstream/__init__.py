"""The border to upstream repositories: what comes in from git leaves here as typed values."""
