"""One night, a module for each stage.

observe → scan → read → describe → compare → plan → apply. `run` calls them in that order; `apply`
is the forge's. `source_run` is one source on its way, `context` what all stages share, `each` how a
stage runs for several sources. `handover` takes a plan to the process that may write, `reporting`
reports a run to people.
"""
