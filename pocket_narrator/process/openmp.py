"""Has the threads of torch's OpenMP runtime wait awake for a moment only.

By default they spin for milliseconds (GNU's) or 200 of them (LLVM's and Intel's) after each operation. That takes a core from the threads of our
own kernels, and where another program wants one too, nearly all of the time is spent on waiting: training beside it is several times slower.
"""

import os

# GNU's counts turns of a loop, some 150 us here; LLVM's and Intel's milliseconds.
SETTINGS = {"GOMP_SPINCOUNT": "10000", "KMP_BLOCKTIME": "1"}
OF_THE_USER = (*SETTINGS, "OMP_WAIT_POLICY")


def wait_briefly() -> None:
    """Call before torch is imported: a runtime reads its settings when it is loaded. Does nothing where the user has set one."""
    if not any(name in os.environ for name in OF_THE_USER):
        os.environ.update(SETTINGS)
