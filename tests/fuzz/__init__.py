"""Fuzz targets: the borders that strangers' bytes cross, and what must hold for any bytes."""
