"""The configuration in `config/`, checked when it is loaded."""
