"""The self-test of a library, in a process of its own: a library may end the process that tries it.

A processor that does not keep what its flags promise, or a compiler's bug, would otherwise show as a model that does not learn.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

SECONDS = 300
_CRASHES = {signal.SIGILL, signal.SIGSEGV, signal.SIGFPE, signal.SIGABRT}
_CRASHES |= {signal.SIGBUS} if hasattr(signal, "SIGBUS") else set()
_FIRST_EXCEPTION = 0xC0000000  # of the exit codes of Windows: STATUS_ILLEGAL_INSTRUCTION and its like


def failures_of(path: Path) -> str:
    """What is wrong with a library; empty where nothing is. Raises OSError and SubprocessError where the test did not come to its end
    for another reason."""
    command = [sys.executable, "-m", "pocket_narrator.models.self_test", str(path)]
    package = Path(__file__).parents[4]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, (str(package), os.environ.get("PYTHONPATH")))),
    }
    tested = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, env=environment, check=False)
    found, code = tested.stdout.strip().splitlines(), tested.returncode
    if code == 0 or (code == 1 and found):
        return found[-1] if code else ""
    if -code in _CRASHES:
        return f"they ended the process that tried them: {signal.Signals(-code).name}"
    if code >= _FIRST_EXCEPTION:
        return f"they ended the process that tried them: exception {code:#x}"
    reason = (tested.stderr.strip().splitlines() or [""])[-1]
    raise OSError(f"exit code {code}{': ' if reason else ''}{reason}")
