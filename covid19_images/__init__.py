"""A collection of COVID-19 chest images that keeps itself: the part researchers use."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from covid19_images.duplicates.folder import find_duplicates

__all__ = ["__version__", "find_duplicates"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:  # noqa: ANN401  whatever the name stands for
    """Import what needs heavy libraries only when it is asked for (PEP 562)."""
    if name == "find_duplicates":
        from covid19_images.duplicates.folder import find_duplicates  # noqa: PLC0415

        return find_duplicates
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
