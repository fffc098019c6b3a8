"""The machine's own C compiler, and the library that it makes of the C sources."""

import functools
import hashlib
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from pocket_narrator.models.kernels.binding import library_cache
from pocket_narrator.models.kernels.binding.library_cache import Kept

C = Path(__file__).parents[1] / "c"
# Finite arithmetic is not assumed: masked scores are minus infinity. Sums may not be reordered, so results are the same
# on every run.
FLAGS = ("-O3", "-ffp-contract=fast", "-fno-math-errno", "-shared", "-fPIC", "-Wno-unknown-pragmas")


@functools.cache
def sources() -> dict[str, str]:
    """The C sources by name."""
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(C.glob("*.[ch]"))}


def hash_of_sources() -> str:
    """What a library has to have been compiled from."""
    digest = hashlib.sha256()
    for name, text in sources().items():
        digest.update(f"{name} {len(text)}\n{text}".encode())
    return digest.hexdigest()[:32]


def find_compiler() -> str | None:
    candidates = [os.environ.get("CC"), "gcc", "cc"] if sys.platform.startswith("linux") else []
    for candidate in candidates:
        path = shutil.which(candidate) if candidate else None
        if path is not None and _is_gcc(path):
            return path
    return None


def _is_gcc(path: str) -> bool:
    answer = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=20, check=False)
    return "Free Software Foundation" in answer.stdout


def _flags() -> list[str]:
    return [
        *FLAGS,
        "-march=native" if platform.machine() in ("x86_64", "AMD64") else "-mcpu=native",
        "-pthread",
        f'-DSOURCES="{hash_of_sources()}"',
    ]


def file_name(compiler: str) -> str:
    """Another one for another compiler, processor or source."""
    digest = hashlib.sha256("\n".join([compiler, *_flags(), _processor()]).encode())
    return f"native-{digest.hexdigest()[:20]}.so"


def compiled(compiler: str, path: Path) -> Kept:
    """The library, compiled and put at `path`. Two processes may do so at once: both make the same."""

    def compile_to(library: Path) -> None:
        command = [compiler, *_flags(), "-o", str(library), str(C / "native.c"), "-lm"]
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)

    return library_cache.keep(path, compile_to)


def _processor() -> str:
    """What decides the instructions that `native` compiles to."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    wanted = [line for line in lines if line.startswith(("model name", "flags", "Features", "CPU part"))]
    return "\n".join(sorted(set(wanted)))
