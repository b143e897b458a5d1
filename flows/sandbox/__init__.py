"""Work on hostile bytes under limits: programs with rlimits, worker processes, Dask workers.

`limits` runs one program; `spread` does batches of work in `processes` here, or on a cluster by
`dask`. `base` says which; `secrets` names what no child process may inherit.
"""
