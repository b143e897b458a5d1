"""A collection of COVID-19 chest images that keeps itself: the part researchers use."""

__version__ = "0.1.0"
