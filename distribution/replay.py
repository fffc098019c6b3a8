"""The self-test's calls of kernels, for a system where there is no Python: `python -m distribution.replay LIBRARY FOLDER` records them here,
with the memory before and after each; replay.c makes them again with another system's library and compares. LIBRARY is one of the same level, or
of one that keeps bf16 in the same cells (vectors.h): what attention keeps for its way back is compared, too.

    python -m distribution.replay x86-64-v3.so calls
    python -m ziglang cc -target x86_64-windows-gnu -O1 -I calls distribution/replay.c -o calls/replay.exe
    wine64 calls/replay.exe calls/x86-64-v3.dll calls
"""

import ctypes
import struct
import sys
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from pocket_narrator.models.kernels import native
from pocket_narrator.models.kernels.binding import arguments, compiling
from pocket_narrator.models.kernels.binding.declarations import Parameter, read_declarations
from pocket_narrator.models.self_test.kernels import check_kernels

BASE = 1 << 36  # where replay.c lays the memory
MOST = 4  # calls of a kernel that are recorded
KINDS = {torch.float32: "f", torch.bfloat16: "h", torch.float64: "d"}
_FLOATS = {"float", "double"}


class Region(NamedTuple):
    """Memory that a call may read or write."""

    begin: int
    size: int
    kind: str  # of its elements: one of KINDS, "p" where it may hold pointers, "i" for anything else


def region_of(value: Any) -> Region | None:
    """The memory that a value given to a kernel, or to a field of a struct, points to."""
    value = value.tensor if isinstance(value, arguments.Rows) else value
    if isinstance(value, torch.Tensor):
        storage = value.untyped_storage()
        return Region(storage.data_ptr(), storage.nbytes(), KINDS.get(value.dtype, "i"))
    if isinstance(value, np.ndarray):
        return Region(value.ctypes.data, value.nbytes, "d" if value.dtype == np.float64 else "i")
    if isinstance(value, ctypes.Structure | ctypes.Array):
        return Region(ctypes.addressof(value), ctypes.sizeof(value), "p")
    return None


class Recorder:
    def __init__(self, folder: Path) -> None:
        self.folder, self.seen, self.calls = folder, Counter(), []
        self._known: dict[int, Region] = {}
        self._alive: list[Any] = []

    def note(self, convert: Any) -> Any:
        """What a value points to is known from when it is converted on."""

        def noted(value: Any) -> Any:
            converted = convert(value)
            self.add(value)
            return converted

        return noted

    def add(self, value: Any) -> None:
        """Makes known what it points to, and keeps it."""
        one = region_of(value)
        if one is not None and self._known.get(one.begin, one).size <= one.size:
            self._known[one.begin] = one
            self._alive.append(value)

    def wrap(self, function: Any, name: str, parameters: list[Parameter]) -> Any:
        def call(*values: Any) -> Any:
            if self.seen[name] >= MOST:
                return function(*values)
            self.seen[name] += 1
            reached = self._reached(values)
            before = [ctypes.string_at(one.begin, one.size) for one in reached]
            result = function(*values)
            after = [ctypes.string_at(one.begin, one.size) for one in reached]
            self._write(name, parameters, values, reached, before, after)
            return result

        return call

    def _reached(self, values: Any) -> list[Region]:
        known = sorted(self._known.values())
        begins = [one.begin for one in known]
        open_, found = [value for value in values if isinstance(value, int)], dict[int, Region]()
        for value in values:
            if isinstance(value, ctypes.Array):
                found[ctypes.addressof(value)] = Region(ctypes.addressof(value), ctypes.sizeof(value), "i")
        while open_:
            address = open_.pop()
            place = bisect_right(begins, address) - 1
            if place < 0 or address >= known[place].begin + known[place].size or known[place].begin in found:
                continue
            found[known[place].begin] = one = known[place]
            if one.kind == "p":
                open_ += struct.unpack(f"<{one.size // 8}q", ctypes.string_at(one.begin, one.size // 8 * 8))
        return sorted(found.values())

    def _write(
        self,
        name: str,
        parameters: list[Parameter],
        values: Any,
        reached: list[Region],
        before: list[bytes],
        after: list[bytes],
    ) -> None:
        places, end = [], BASE
        for one in reached:  # as far from a cache line's beginning as it was
            places.append(end := (end + 127) // 64 * 64 + one.begin % 64)
            end += one.size + 256

        def moved(address: int) -> int:
            for one, place in zip(reached, places, strict=True):
                if one.begin <= address < one.begin + one.size:
                    return place + address - one.begin
            return address

        def image(contents: list[bytes]) -> Iterator[bytes]:
            for one, place, content in zip(reached, places, contents, strict=True):
                if one.kind == "p":
                    words = struct.unpack(f"<{one.size // 8}q", content[: one.size // 8 * 8])
                    content = struct.pack(f"<{len(words)}q", *map(moved, words)) + content[one.size // 8 * 8 :]
                yield struct.pack("<qqq", place, one.size, ord(one.kind)) + content

        number = len(self.calls)
        for part, contents in (("before", before), ("after", after)):
            (self.folder / f"{number}.{part}").write_bytes(b"".join(image(contents)))
        types, texts = [], []
        for parameter, value in zip(parameters, values, strict=True):
            if parameter.is_pointer:
                address = ctypes.addressof(value) if isinstance(value, ctypes.Array) else value or 0
                types.append("void *")
                texts.append(f"(void *){moved(address)}ll")
            elif parameter.type in _FLOATS:
                types.append(parameter.type)
                texts.append(float(value).hex())
            else:
                types.append("int64_t" if parameter.type == "int64_t" else "int")
                texts.append(f"{int(value)}ll")
        self.calls.append(f'CALL({number}, "{name}", ({", ".join(types)}), ({", ".join(texts)}))')


def main() -> None:
    library, folder = sys.argv[1], Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    recorder = Recorder(folder)
    declared = read_declarations(compiling.sources()).functions
    for name in ("_pointer", "_struct_pointer", "_activations"):
        make = getattr(arguments, name)
        setattr(arguments, name, lambda *how, make=make: recorder.note(make(*how)))
    initialise, make_struct = arguments.Kernel.__init__, arguments.Layouts.make

    def made_struct(layouts: Any, name: str, **fields: object) -> Any:
        struct = make_struct(layouts, name, **fields)
        recorder.add(struct)
        return struct

    def wrapped(kernel: Any, function: Any, about: Any, *more: Any) -> None:
        initialise(kernel, function, about, *more)
        kernel._function = recorder.wrap(function, about.name, declared[about.name].parameters)

    arguments.Kernel.__init__, arguments.Layouts.make = wrapped, made_struct
    torch.set_num_threads(1)
    native.open_untested(library)
    wrong = [check.kernel for check in check_kernels() if not check.passed]
    (folder / "calls.h").write_text("\n".join(recorder.calls) + "\n", encoding="utf-8")
    print(f"{len(recorder.calls)} calls of {len(recorder.seen)} kernels; wrong: {wrong or 'none'}")


if __name__ == "__main__":
    main()
