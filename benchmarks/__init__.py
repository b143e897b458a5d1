"""What things cost, always beside the plain way on the same files in the same run."""
