"""A GitHub that is not ours: emulate and a real git server in one process, as strict as GitHub.

`server/` is that process (Node), `hub.py` what a test holds of it, `openapi.py` the check of every
request against GitHub's own description. tests/conftest.py registers the fixtures: ask for `hub`.
"""
