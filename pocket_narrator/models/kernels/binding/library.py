"""A compiled library of C kernels, opened: each function bound to what the sources declare of it, and the constants asked for."""

import ctypes
import functools
from pathlib import Path

from pocket_narrator.models.kernels.binding.arguments import RESULTS, Kernel, Layouts
from pocket_narrator.models.kernels.binding.compiling import hash_of_sources, sources
from pocket_narrator.models.kernels.binding.declarations import Declarations, read_declarations
from pocket_narrator.models.kernels.binding.threads import Threads


class _Constant(ctypes.Structure):
    _fields_ = (("name", ctypes.c_char_p), ("value", ctypes.c_int64))


class Library:
    """Raises OSError where the file at `path` is no library, or one of other sources."""

    def __init__(self, path: str) -> None:
        if hash_of_sources().encode() not in Path(path).read_bytes():  # before it is opened: that could not be undone
            raise OSError(f"{path} was compiled from other sources")
        opened = ctypes.CDLL(path)
        try:
            opened.constants.restype = ctypes.POINTER(_Constant)
            self.constants = _read(opened.constants())
            self.layouts = Layouts(_declared())
            self.layouts.check_sizes(self.constants)
            functions = [function for function in _declared().functions.values() if function.result in RESULTS]
            follow = Threads(opened.set_threads).follow
            self.kernels = {f.name: Kernel(getattr(opened, f.name), f, self.layouts, follow) for f in functions}
        except AttributeError as error:
            raise OSError(f"{path} has not all kernels: {error}") from None


@functools.cache
def _declared() -> Declarations:
    return read_declarations(sources())


def _read(table: "ctypes._Pointer[_Constant]") -> dict[str, int]:
    found = {}
    for constant in table:  # without an end that Python knows of
        if constant.name is None:
            break
        found[constant.name.decode()] = constant.value
    return found
