"""Copies of volumes: slices propose, and agreement along the axis decides."""
