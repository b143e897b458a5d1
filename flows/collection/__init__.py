"""The collection's own files in its git repository: checkout, manifest, pairs, problems."""
