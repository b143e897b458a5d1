"""The baseline, and scores of anybody's predictions."""
