"""What a release is, how one is built from decoded files, and how one is brought down."""
