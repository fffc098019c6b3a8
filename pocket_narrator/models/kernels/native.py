"""The C kernels, compiled on first use by the machine's own compiler and kept in the user's cache folder.

Every kernel has a torch reference that is used where there is no compiler; `status()` says which one is in use.
"""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import torch

from pocket_narrator.models.kernels.binding import compiling, library_cache
from pocket_narrator.models.kernels.binding.arguments import Kernel, Layouts
from pocket_narrator.models.kernels.binding.library import Library
from pocket_narrator.models.kernels.binding.library_cache import Kept

SELF_TEST_SECONDS = 300
CRASHES = {
    signal.SIGILL,
    signal.SIGSEGV,
    signal.SIGFPE,
    signal.SIGABRT,
    *([signal.SIGBUS] if hasattr(signal, "SIGBUS") else []),
}


class _Loaded(NamedTuple):
    library: Library | None
    message: str
    kept: Kept | None = None  # the file that it was loaded from


def available() -> bool:
    """Whether the C kernels are compiled and loaded."""
    return _load().library is not None


def status() -> str:
    """One line on which kernels are in use and why."""
    return _load().message


def call(kernel: str, /, **arguments: object) -> int | None:
    """Calls a kernel with the arguments of its C declaration, by name: contiguous tensors and arrays, `Rows`, structs, numbers, and
    lists of integers; what is OPTIONAL may be None. Raises TypeError, before anything runs, where they are not what it takes."""
    return _kernel(kernel)(arguments)


def bind(kernel: str, /, **arguments: object) -> Callable[[], int | None]:
    """What calls a kernel with arguments that are checked now, and kept."""
    return _kernel(kernel).bind(arguments)


def constant(name: str) -> int:
    """A constant of the C sources, as the library has it; the kernels have to be available."""
    return _loaded_library().constants[name]


def layouts() -> Layouts:
    """The structs that kernels take; the kernels have to be available."""
    return _loaded_library().layouts


def has_tiles() -> bool:
    """Whether the processor multiplies tiles of bf16 and int8 (AMX), and the system lets us; the kernels have to be available."""
    return bool(call("have_tiles"))


def _kernel(name: str) -> Kernel:
    kernel = _loaded_library().kernels.get(name)
    if kernel is None:
        raise TypeError(f"there is no kernel {name}")
    return kernel


def _loaded_library() -> Library:
    library = _load().library
    assert library is not None, "check available() first"
    return library


def suffix(dtype: torch.dtype) -> str:
    """The part of a kernel's name that says the element type."""
    return {torch.float32: "float", torch.bfloat16: "bf16"}[dtype]


_loaded: _Loaded | None = None


def _load() -> _Loaded:
    global _loaded  # made once a process; a plain global, because torch.compile cannot look into a cached function
    if _loaded is None:
        _loaded = _make()
        kept = _loaded.kept
        if kept is not None and kept.failures is None:
            try:
                failures = _failures(kept.path)
            except (OSError, subprocess.SubprocessError) as error:  # says nothing of the library: tried again next time
                _loaded = _Loaded(
                    None, f"torch kernels: the self-test of the compiled ones did not come to its end ({error})"
                )
                return _loaded
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
    _loaded = _Loaded(Library(path), "C kernels that are being tested")


def _failures(path: Path) -> str:
    """What is wrong with a library that was just compiled; empty where nothing is. A processor that does not keep what its flags
    promise, or a compiler's bug, would otherwise show as a model that does not learn. In a process of its own: a library may end
    the process that tries it. Raises OSError and SubprocessError where the test did not come to its end for another reason."""
    command = [sys.executable, "-m", "pocket_narrator.models.self_test", str(path)]
    package = Path(__file__).parents[3]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, (str(package), os.environ.get("PYTHONPATH")))),
    }
    tested = subprocess.run(
        command, capture_output=True, text=True, timeout=SELF_TEST_SECONDS, env=environment, check=False
    )
    found, code = tested.stdout.strip().splitlines(), tested.returncode
    if code == 0 or (code == 1 and found):
        return found[-1] if code else ""
    if -code in CRASHES:
        return f"they ended the process that tried them: {signal.Signals(-code).name}"
    reason = (tested.stderr.strip().splitlines() or [""])[-1]
    raise OSError(f"exit code {code}{': ' if reason else ''}{reason}")


def _refused(failures: str) -> _Loaded:
    return _Loaded(None, f"torch kernels: the compiled ones failed their self-test ({failures})")


def _make() -> _Loaded:
    if os.environ.get("POCKET_NARRATOR_KERNELS") == "torch":
        return _Loaded(None, "torch kernels (POCKET_NARRATOR_KERNELS=torch)")
    try:
        compiler = compiling.find_compiler()
        if compiler is None:
            return _Loaded(None, "torch kernels: no C compiler found (install gcc, or set CC)")
        return _open(compiler)
    except (OSError, subprocess.SubprocessError) as error:
        lines = (getattr(error, "stderr", None) or str(error)).strip().splitlines()
        return _Loaded(None, f"torch kernels: the C compiler failed ({lines[-1] if lines else error})")


def _open(compiler: str) -> _Loaded:
    """From the first folder that can be used. Raises SubprocessError, and OSError of the compiler."""
    name = compiling.file_name(compiler)
    folders, reasons = library_cache.folders()
    for folder in folders:
        path = folder / name
        try:
            library_cache.require_private(folder)
            kept = library_cache.find(path)
            if kept is None:
                kept = compiling.compiled(compiler, path)
        except OSError as error:
            if error.filename == compiler:
                raise
            reasons.append(f"{folder}: {error.strerror}" if error.strerror else str(error))
            continue
        try:
            library = Library(str(path))
        except (
            OSError
        ):  # made by a compiler of another system that shares the folder, or of other sources: made once more
            kept = compiling.compiled(compiler, path)
            library = Library(str(path))
        if kept.failures:
            return _refused(kept.failures)._replace(kept=kept)
        where = f", kept in {folder} ({'; '.join(reasons)})" if reasons else ""
        return _Loaded(library, f"C kernels compiled by {Path(compiler).name}{where}", kept)
    return _Loaded(None, f"torch kernels: there is no folder to keep compiled ones in ({'; '.join(reasons)})")
