"""Releases as versions of one record on Zenodo: a DOI each, and one for all of them."""
