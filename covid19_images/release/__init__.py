"""The format of a release, which the bot writes and the client reads: index, rows, tars, names."""
