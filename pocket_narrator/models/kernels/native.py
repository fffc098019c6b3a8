"""The C kernels, compiled on first use by the machine's own compiler and kept in the user's cache folder.

Every kernel has a torch reference that is used where there is no compiler; `status()` says which one is in use.
"""

import contextlib
import ctypes
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import uuid
from pathlib import Path
from typing import NamedTuple

import torch

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
FLAGS = ("-O3", "-ffp-contract=fast", "-fno-math-errno", "-shared", "-fPIC", "-Wno-unknown-pragmas")


class _Library(NamedTuple):
    library: ctypes.CDLL | None
    message: str
    verdict: Path | None = None  # the file that says how the library's self-test ended


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
        self.tensor = tensor if _is_rows(tensor) else tensor.contiguous()
        self.stride = self.tensor.stride(-2)


def _is_rows(tensor: torch.Tensor) -> bool:
    sizes, strides = tensor.shape, tensor.stride()
    if strides[-1] != 1 and sizes[-1] > 1:
        return False
    return all(strides[i] == sizes[i + 1] * strides[i + 1] or sizes[i] == 1 for i in range(len(sizes) - 2))


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
        if _loaded.verdict is not None and not _loaded.verdict.exists():
            failures = _failures()
            with contextlib.suppress(OSError):  # a cache that cannot be written only costs another test
                _loaded.verdict.write_text(failures, encoding="utf-8")
            if failures:
                _loaded = _refused(failures)
    return _loaded


def forget_verdict() -> None:
    """The next call tests the library again, as if it had just been compiled."""
    global _loaded
    _loaded = None
    made = _make()
    if made.verdict is not None:
        made.verdict.unlink(missing_ok=True)


def _failures() -> str:
    """What is wrong with the library in use; empty where nothing is. A processor that does not keep what its flags
    promise, or a compiler's bug, would otherwise show as a model that does not learn."""
    from pocket_narrator.models.kernels.self_test import check_kernels

    return "; ".join(f"{c.kernel} in {c.dtype} is wrong by {c.error:.1e}" for c in check_kernels() if not c.passed)


def _refused(failures: str) -> _Library:
    return _Library(None, f"torch kernels: the compiled ones failed their self-test ({failures})")


def _make() -> _Library:
    if os.environ.get("POCKET_NARRATOR_KERNELS") == "torch":
        return _Library(None, "torch kernels (POCKET_NARRATOR_KERNELS=torch)")
    try:
        compiler = _find_compiler()
        if compiler is None:
            return _Library(None, "torch kernels: no C compiler found (install gcc, or set CC)")
        path = _compiled(compiler)
        try:
            library = ctypes.CDLL(str(path))
        except OSError:  # a damaged file: made once more
            path.unlink()
            library = ctypes.CDLL(str(_compiled(compiler)))
        verdict = path.with_suffix(".tested")  # empty: passed; else what failed
        if verdict.exists() and (failures := verdict.read_text(encoding="utf-8")):
            return _refused(failures)._replace(verdict=verdict)
        return _Library(library, f"C kernels compiled by {Path(compiler).name}", verdict)
    except (OSError, subprocess.SubprocessError) as error:
        detail = getattr(error, "stderr", None) or str(error)
        return _Library(
            None,
            f"torch kernels: the C compiler failed ({detail.strip().splitlines()[-1] if detail.strip() else error})",
        )


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


def _compiled(compiler: str) -> Path:
    """The path of the compiled library, made if it is not in the cache yet."""
    folder = Path(__file__).parent
    machine_flag = "-march=native" if platform.machine() in ("x86_64", "AMD64") else "-mcpu=native"
    flags = [*FLAGS, machine_flag, "-fopenmp"]
    digest = hashlib.sha256("\n".join([compiler, *flags, _processor()]).encode())
    for name in SOURCES:
        digest.update((folder / name).read_bytes())
    target = cache_folder() / f"native-{digest.hexdigest()[:20]}.so"
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f"{target.stem}.{uuid.uuid4().hex[:8]}.tmp")
        command = [compiler, *flags, "-o", str(temporary), str(folder / "native.c"), "-lm"]
        try:
            subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
            os.replace(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)
    return target


def cache_folder() -> Path:
    """Where compiled kernels are kept between runs."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "pocket-narrator"


def _processor() -> str:
    """What decides the instructions that `native` compiles to."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    wanted = [line for line in lines if line.startswith(("model name", "flags", "Features", "CPU part"))]
    return "\n".join(sorted(set(wanted)))
