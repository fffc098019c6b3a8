"""What a compiled library depends on besides its own bytes: the system and the processor that run it."""

import functools
import hashlib
import platform
import subprocess
import sys
from pathlib import Path


@functools.cache
def machine() -> str:
    """Another word for another system, C library or processor: systems that share a folder do not take each other's."""
    told = [platform.system(), platform.machine(), *platform.libc_ver(), _processor()]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]


def _processor() -> str:
    """What decides the instructions that there are."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return _brand() if sys.platform == "darwin" else platform.processor()
    wanted = [line for line in lines if line.startswith(("model name", "flags", "Features", "CPU part"))]
    return "\n".join(sorted(set(wanted)))


def _brand() -> str:
    command = ["sysctl", "-n", "machdep.cpu.brand_string"]
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=20, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return platform.processor()
