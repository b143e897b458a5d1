"""The environment variables that may hold a token for GitHub; the first one that is set counts."""

TOKEN_VARIABLES = ("COVID19_IMAGES_TOKEN", "GITHUB_TOKEN", "GH_TOKEN")
