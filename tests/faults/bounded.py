"""Become another program, with less than it is used to; no thread runs here that a fork could hurt.

python -m tests.faults.bounded FILE_BYTES|anybody PROGRAM ARGUMENT …
"""

import ctypes
import os
import resource
import sys

_PR_CAPBSET_DROP, _CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH = 24, 1, 2


def main(bound: str, program: list[str]) -> None:
    """Set the bound and become the program."""
    if bound == "anybody":
        # A mode of 000 means nothing to root, until root is like anybody.
        for capability in (_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH) if os.geteuid() == 0 else ():
            ctypes.CDLL(None).prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
    else:
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(bound), int(bound)))
    os.execvp(program[0], program)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
