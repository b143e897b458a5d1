"""Stage 5, compare: find duplicates among all rows, and apply people's decisions."""
