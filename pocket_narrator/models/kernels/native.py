"""The C kernels, compiled on first use by the machine's own compiler and kept in the user's cache folder.

Every kernel has a torch reference that is used where there is no compiler; `status()` says which one is in use.
"""

import contextlib
import ctypes
import hashlib
import itertools
import os
import platform
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import torch

from pocket_narrator.models.kernels import library_cache
from pocket_narrator.models.kernels.library_cache import Kept

C = Path(__file__).parent / "c"
SOURCES = (
    "native.c",
    "vectors.h",
    "attention_template.h",
    "cross_entropy_template.h",
    "pointwise_template.h",
    "scan.h",
    "scan_template.h",
    "scan_body.h",
    "convolution_template.h",
    "tracks_template.h",
    "ngram.h",
    "decode.h",
    "decode_product.h",
    "decode_tiles.h",
    "decode_attention.h",
    "decode_recurrent.h",
    "decode_tracks.h",
    "sample.h",
)
# Finite arithmetic is not assumed: masked scores are minus infinity. Sums may not be reordered, so results are the same
# on every run.
SELF_TEST_SECONDS = 300
FLAGS = ("-O3", "-ffp-contract=fast", "-fno-math-errno", "-shared", "-fPIC", "-Wno-unknown-pragmas")


class _Library(NamedTuple):
    library: ctypes.CDLL | None
    message: str
    kept: Kept | None = None  # the file that it was loaded from


def available() -> bool:
    """Whether the C kernels are compiled and loaded."""
    return _load().library is not None


def status() -> str:
    """One line on which kernels are in use and why."""
    return _load().message


def call(name: str, *arguments: object) -> None:
    """Calls a kernel. Contiguous tensors and `Rows` go as pointers, None as a null pointer, a list of int as an array of
    int64, int as int64, float as float, and what `as_c` has given already as it is."""
    library = _load().library
    assert library is not None, "check available() first"
    getattr(library, name)(*[as_c(argument) for argument in arguments])


def has_tiles() -> bool:
    """Whether the processor multiplies tiles of bf16 and int8 (AMX), and the system lets us; the kernels have to be available."""
    library = _load().library
    assert library is not None, "check available() first"
    return bool(library.have_tiles())


def suffix(dtype: torch.dtype) -> str:
    """The part of a kernel's name that says the element type."""
    return {torch.float32: "float", torch.bfloat16: "bf16"}[dtype]


class Rows:
    """A tensor [..., E] whose last dimension is dense, and whose leading ones are one sequence of tokens a fixed number of
    elements apart: what a slice of a wider tensor's last dimension is. Copies one that is not."""

    def __init__(self, tensor: torch.Tensor) -> None:
        distance = _distance(tensor)
        self.tensor = tensor if distance is not None else tensor.contiguous()
        self.stride = tensor.shape[-1] if distance is None else distance


def _distance(tensor: torch.Tensor) -> int | None:
    """From one token to the next, None where it is not the same for all. A dimension of one element may have any stride:
    nobody ever takes a step along it."""
    if tensor.stride(-1) != 1 and tensor.shape[-1] > 1:
        return None
    steps = [(size, stride) for size, stride in zip(tensor.shape[:-1], tensor.stride()[:-1], strict=True) if size != 1]
    if any(outer != size * inner for (_, outer), (size, inner) in itertools.pairwise(steps)):
        return None
    return steps[-1][1] if steps else tensor.shape[-1]


def as_c(argument: object) -> object:
    """An argument as a C function takes it. The tensor behind a pointer has to be kept alive by the caller."""
    if isinstance(argument, ctypes.c_void_p | ctypes.c_int64):
        return argument
    if argument is None:
        return ctypes.c_void_p(None)
    if isinstance(argument, Rows):
        return ctypes.c_void_p(argument.tensor.data_ptr())
    if isinstance(argument, list):
        return (ctypes.c_int64 * len(argument))(*argument)
    if isinstance(argument, torch.Tensor):
        assert argument.is_contiguous()
        assert argument.device.type == "cpu"
        return ctypes.c_void_p(argument.data_ptr())
    if isinstance(argument, float):
        return ctypes.c_float(argument)
    assert isinstance(argument, int)
    return ctypes.c_int64(argument)


_loaded: _Library | None = None


def _load() -> _Library:
    global _loaded  # made once a process; a plain global, because torch.compile cannot look into a cached function
    if _loaded is None:
        _loaded = _make()
        kept = _loaded.kept
        if kept is not None and kept.failures is None:
            failures = _failures(kept.path)
            _remember(kept, failures)
            if failures:
                _loaded = _refused(failures)
    return _loaded


def forget_verdict() -> None:
    """The next call tests the library again, as if it had just been compiled."""
    global _loaded
    _loaded = None
    made = _make()
    if made.kept is not None:
        _remember(made.kept, None)


def _remember(kept: Kept, failures: str | None) -> None:
    with contextlib.suppress(OSError):  # a cache that cannot be written only costs another test
        library_cache.remember(kept._replace(failures=failures))


def open_untested(path: str) -> None:
    """From here on this process uses the library at `path`, whatever is known of it: for the process that tests it."""
    global _loaded
    _loaded = _Library(ctypes.CDLL(path), "C kernels that are being tested")


def _failures(path: Path) -> str:
    """What is wrong with a library that was just compiled; empty where nothing is. A processor that does not keep what its flags
    promise, or a compiler's bug, would otherwise show as a model that does not learn. In a process of its own: a library may end
    the process that tries it."""
    command = [sys.executable, "-m", "pocket_narrator.models.self_test", str(path)]
    package = Path(__file__).parents[3]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, (str(package), os.environ.get("PYTHONPATH")))),
    }
    try:
        tested = subprocess.run(
            command, capture_output=True, text=True, timeout=SELF_TEST_SECONDS, env=environment, check=False
        )
    except (OSError, subprocess.SubprocessError) as error:
        return f"it could not be run: {error}"
    if tested.returncode == 0:
        return ""
    lines = (tested.stdout if tested.returncode == 1 else tested.stderr).strip().splitlines()
    return lines[-1] if lines else f"it ended with {describe_exit(tested.returncode)}"


def describe_exit(code: int) -> str:
    """How a process ended: by a signal, or with an exit code."""
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _refused(failures: str) -> _Library:
    return _Library(None, f"torch kernels: the compiled ones failed their self-test ({failures})")


def _make() -> _Library:
    if os.environ.get("POCKET_NARRATOR_KERNELS") == "torch":
        return _Library(None, "torch kernels (POCKET_NARRATOR_KERNELS=torch)")
    try:
        compiler = _find_compiler()
        if compiler is None:
            return _Library(None, "torch kernels: no C compiler found (install gcc, or set CC)")
        return _open(compiler)
    except (OSError, subprocess.SubprocessError) as error:
        lines = (getattr(error, "stderr", None) or str(error)).strip().splitlines()
        return _Library(None, f"torch kernels: the C compiler failed ({lines[-1] if lines else error})")


def _open(compiler: str) -> _Library:
    """From the first folder that can be used. Raises SubprocessError, and OSError of the compiler."""
    name = _file_name(compiler)
    folders, reasons = library_cache.folders()
    for folder in folders:
        path = folder / name
        try:
            library_cache.require_private(folder)
            kept = library_cache.find(path)
            if kept is None:
                kept = _compiled(compiler, path)
        except OSError as error:
            if error.filename == compiler:
                raise
            reasons.append(f"{folder}: {error.strerror}" if error.strerror else str(error))
            continue
        try:
            library = ctypes.CDLL(str(path))
        except OSError:  # made by a compiler of another system that shares the folder: made once more
            kept = _compiled(compiler, path)
            library = ctypes.CDLL(str(path))
        if kept.failures:
            return _refused(kept.failures)._replace(kept=kept)
        where = f", kept in {folder} ({'; '.join(reasons)})" if reasons else ""
        return _Library(library, f"C kernels compiled by {Path(compiler).name}{where}", kept)
    return _Library(None, f"torch kernels: there is no folder to keep compiled ones in ({'; '.join(reasons)})")


def _find_compiler() -> str | None:
    # Only gcc: its OpenMP runtime is the one that torch has loaded, and two runtimes fight over the cores.
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
        "-fopenmp",
    ]


def _file_name(compiler: str) -> str:
    """Another one for another compiler, processor or source."""
    digest = hashlib.sha256("\n".join([compiler, *_flags(), _processor()]).encode())
    for name in SOURCES:
        digest.update((C / name).read_bytes())
    return f"native-{digest.hexdigest()[:20]}.so"


def _compiled(compiler: str, path: Path) -> Kept:
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
