"""Everything that imports Prefect: server, flows, deployments, artifacts, signals."""
