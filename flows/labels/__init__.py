"""How upstreams arrange files and labels, and how their words become ours."""
