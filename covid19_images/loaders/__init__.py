"""Loaders: one small module for each framework, which is imported only there.

All start from a `Selection` and give the same numbers: 8-bit grey levels divided by 255.
"""
