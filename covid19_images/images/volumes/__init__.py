"""Files to volumes: slices put in their place, with geometry and an id that no format changes."""
