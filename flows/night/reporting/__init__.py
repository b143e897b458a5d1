"""Report a run to people: console, Actions step summary, status page, webhook."""
