"""The C kernels, called by name.

Every kernel has a torch reference that is used where no library can be had (binding/choice.py); `status()` says what is in use.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import torch

from pocket_narrator.models.kernels.binding import choice, library_cache
from pocket_narrator.models.kernels.binding.arguments import Kernel, Layouts
from pocket_narrator.models.kernels.binding.choice import Loaded
from pocket_narrator.models.kernels.binding.library import Library


def available() -> bool:
    """Whether the C kernels are loaded."""
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


_loaded: Loaded | None = None


def _load() -> Loaded:
    global _loaded  # made once a process; a plain global, because torch.compile cannot look into a cached function
    if _loaded is None:
        _loaded = choice.choose()
    return _loaded


def identity() -> dict[str, str | None]:
    """Which kernels are in use: their `name`, and the `sha256` of their library; none where they are torch's."""
    kept = _load().kept
    return {"name": _load().name, "sha256": None if kept is None else kept.sha256}


def library() -> Path | None:
    """The file that the kernels in use are in; none where they are torch's."""
    kept = _load().kept
    return None if kept is None else kept.path


def keep_to(used: Mapping[str, str | None]) -> str | None:
    """Uses from here on the kernels of that `identity`, so that bits stay the same; None where that can be. Otherwise one line that
    says what is used in their place."""
    global _loaded
    if used["sha256"] == identity()["sha256"]:
        return None
    forced = os.environ.get(choice.WISH)
    found = None if used["sha256"] is None or forced else choice.find(used["sha256"])
    if found is not None:
        _loaded = found._replace(name=used["name"] or found.name)
        return None
    before = "torch kernels" if used["sha256"] is None else f"the kernels {used['name']} ({used['sha256'][:12]})"
    return f"trained so far with {before}, from here on with others: the last bits will differ ({status()})"


def forget_verdicts() -> None:
    """The next call tests libraries again, as if they had just been compiled."""
    global _loaded
    _loaded = None
    library_cache.forget_verdicts()


def open_untested(path: str) -> None:
    """From here on this process uses the library at `path`, whatever is known of it: for the process that tests it."""
    global _loaded
    _loaded = Loaded(Library(path), "", "C kernels that are being tested")
