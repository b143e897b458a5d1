"""Look at a repository nobody described yet, and write what can be told of its layout."""
