"""Releases as a dataset on the Hugging Face Hub: one commit and one tag each."""
