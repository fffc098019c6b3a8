"""What the last bits of a training depend on: the processor, and who compiled for it."""

import platform
import subprocess
from hashlib import sha256
from pathlib import Path

import torch


def machine() -> dict[str, str]:
    """Two machines that give the same here train to the same bits, with one thread."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").partition("\n\n")[0].splitlines()
    except OSError:
        lines = []
    about = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    try:
        compiler = subprocess.run(["cc", "--version"], capture_output=True, text=True, check=True).stdout.splitlines()[
            0
        ]
    except (OSError, subprocess.CalledProcessError):
        compiler = "none"
    return {
        "torch": torch.__version__,
        "processor": f"{platform.machine()} {about.get('model name')} {about.get('model')} {about.get('stepping')}",
        "instructions": sha256(" ".join(sorted(about.get("flags", "").split())).encode()).hexdigest(),
        "compiler": compiler,
    }
