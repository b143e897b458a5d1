"""Releases as versions of one dataset on Kaggle, with Kaggle's own client."""
