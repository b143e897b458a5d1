"""The synthetic upstream world that the demo and the tests run in; no picture is of a person."""
