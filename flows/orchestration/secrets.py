"""Secrets that a Prefect server stores."""

import os


def stored_secret(name: str) -> str | None:
    """Read a Prefect Secret block; `None` where there is no such block, or no server.

    Args:
        name: The block's name.
    """
    if not os.environ.get("PREFECT_API_URL"):
        return None
    from prefect.blocks.system import Secret  # noqa: PLC0415  slow, and only here

    try:
        block: Secret[str] = Secret.load(name, _sync=True)  # type: ignore[assignment,call-arg]
    except ValueError:  # no such block
        return None
    return str(block.get())
