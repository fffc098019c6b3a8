"""Has the threads of torch's OpenMP runtime wait awake for a moment only.

By default they spin after each operation, for 300,000 turns of a loop (GNU's) or 200 ms (LLVM's and Intel's). That takes a core from the threads
of our own kernels, and from another program that wants one too. `benchmarks/pool_speed.py` tells what it costs.
"""

import os

# GNU's counts turns of the loop; LLVM's and Intel's milliseconds.
SETTINGS = {"GOMP_SPINCOUNT": "10000", "KMP_BLOCKTIME": "1"}
OF_THE_USER = (*SETTINGS, "OMP_WAIT_POLICY")


def wait_briefly() -> None:
    """Call before torch is imported: a runtime reads its settings when it is loaded. Does nothing where the user has set one."""
    if not any(name in os.environ for name in OF_THE_USER):
        os.environ.update(SETTINGS)
