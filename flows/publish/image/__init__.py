"""One image of a release: processed, stripped of metadata, passed through the privacy gate."""
