"""Reads GGUF files that may come from anywhere: every count, length and place is checked before it is used.

The format (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md): magic, version, the numbers of tensors and of keys, the
keys with their values, names, shapes and places of the tensors, and, from the next multiple of the alignment on, the tensors.
"""

import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import torch
from torch import Tensor

from pocket_narrator.errors import InteropError
from pocket_narrator.files.plain_file import open_plain
from pocket_narrator.process.memory import gigabytes, memory_left

MAGIC, VERSIONS = b"GGUF", (2, 3)
MOST_KEYS, MOST_TENSORS, MOST_VALUES = 4096, 65_536, 1 << 22  # values of all arrays together
LONGEST_STRING, LONGEST_NAME = 1 << 22, 64
MOST_NUMBERS = 1 << 40
NUMBERS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
STRING, ARRAY = 8, 9
F32, F16, Q8_0, BF16 = 0, 1, 8, 30
LARGER = "read it on a machine with more memory, or take a smaller model"
BLOCK, BLOCK_BYTES = 32, 34  # Q8_0: a float16 scale and 32 whole numbers
BYTES = {F32: (1, 4), F16: (1, 2), BF16: (1, 2), Q8_0: (BLOCK, BLOCK_BYTES)}  # numbers and bytes of a block


@dataclass(frozen=True)
class GgufFile:
    """What a file holds; tensors in float32, their dimensions in torch's order."""

    metadata: dict[str, object]
    tensors: dict[str, Tensor]


@dataclass(frozen=True)
class _Entry:
    name: str
    shape: tuple[int, ...]
    kind: int
    offset: int
    n_bytes: int


def is_gguf(path: Path) -> bool:
    """Whether a file begins as a GGUF file does."""
    with open_plain(path) as stream:
        return stream.read(len(MAGIC)) == MAGIC


def read_gguf(path: Path) -> GgufFile:
    """InteropError, saying why, for anything that is not a whole GGUF file with tensors in F32, F16, BF16 or Q8_0."""
    try:
        with open_plain(path) as stream:
            return _Reader(stream, path.stat().st_size).read()
    except OSError as error:
        raise _unusable(path, f"cannot be read: {error.strerror or error}") from error
    except MemoryError as error:
        raise _unusable(path, str(error) or "holds more than there is memory for", LARGER) from error
    except ValueError as error:
        raise _unusable(path, str(error)) from error


class _Reader:
    def __init__(self, stream: IO[bytes], size: int) -> None:
        self._stream = stream
        self._size = size
        self._values_left = MOST_VALUES

    def read(self) -> GgufFile:
        if self._take(4) != MAGIC:
            raise ValueError("is no GGUF file")
        version = self._number("<I")
        if version not in VERSIONS:
            raise ValueError(f"has GGUF version {version}; versions 2 and 3 are read")
        tensors, keys = self._count(MOST_TENSORS, "tensors"), self._count(MOST_KEYS, "keys")
        metadata: dict[str, object] = {}
        for _ in range(keys):
            key = self._string()
            if key in metadata:
                raise ValueError(f"has the key '{key[:60]}' twice")
            metadata[key] = self._value(self._number("<I"))
        entries = [self._entry() for _ in range(tensors)]
        alignment = metadata.get("general.alignment", 32)
        if not isinstance(alignment, int) or not 8 <= alignment <= 4096 or alignment % 8:
            raise ValueError(f"has an alignment of {str(alignment)[:20]}")
        begin = -(-self._stream.tell() // alignment) * alignment
        _check_places(entries, self._size - begin, alignment)
        _check_memory(entries)
        return GgufFile(metadata, {entry.name: self._tensor(entry, begin) for entry in entries})

    def _take(self, n_bytes: int) -> bytes:
        data = self._stream.read(n_bytes)
        if len(data) != n_bytes:
            raise ValueError("is cut short")
        return data

    def _number(self, code: str):
        return struct.unpack(code, self._take(struct.calcsize(code)))[0]

    def _count(self, most: int, what: str) -> int:
        count = self._number("<Q")
        if count > most:
            raise ValueError(f"claims {count:,} {what}; at most {most:,} are read")
        return count

    def _string(self) -> str:
        raw = self._take(self._count(LONGEST_STRING, "bytes in a string"))
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError as error:
            raise ValueError(f"holds a string that is not UTF-8 ({error.reason})") from error

    def _value(self, kind: int) -> object:
        if kind == STRING:
            return self._string()
        if kind in NUMBERS:
            return self._number(NUMBERS[kind])
        if kind != ARRAY:
            raise ValueError(f"holds a value of unknown kind {kind}")
        of, count = self._number("<I"), self._count(self._values_left, "values in an array")
        self._values_left -= count
        if of == STRING:
            return [self._string() for _ in range(count)]
        if of not in NUMBERS:
            raise ValueError(f"holds an array of kind {of}")
        code = NUMBERS[of]
        return [value for (value,) in struct.iter_unpack(code, self._take(count * struct.calcsize(code)))]

    def _entry(self) -> _Entry:
        name = self._string()
        dimensions = self._number("<I")
        if len(name) > LONGEST_NAME or not 1 <= dimensions <= 4:
            raise ValueError(f"has a malformed entry for the tensor '{name[:60]}'")
        sizes = [self._number("<Q") for _ in range(dimensions)]
        kind, offset = self._number("<I"), self._number("<Q")
        if not all(0 < size < MOST_NUMBERS for size in sizes) or math.prod(sizes) > MOST_NUMBERS:
            raise ValueError(f"claims the shape {sizes} for the tensor '{name}'")
        if kind not in BYTES:
            raise ValueError(f"holds the tensor '{name}' in the type {kind}; F32, F16, BF16 and Q8_0 are read")
        numbers, n_bytes = BYTES[kind]
        if sizes[0] % numbers:
            raise ValueError(f"has rows of {sizes[0]} in Q8_0 for the tensor '{name}', which are no whole blocks")
        return _Entry(name, tuple(reversed(sizes)), kind, offset, math.prod(sizes) // numbers * n_bytes)

    def _tensor(self, entry: _Entry, begin: int) -> Tensor:
        self._stream.seek(begin + entry.offset)
        raw = np.frombuffer(self._take(entry.n_bytes), np.uint8)
        if entry.kind == F32:
            values = raw.view("<f4").astype(np.float32)
        elif entry.kind == F16:
            values = raw.view("<f2").astype(np.float32)
        elif entry.kind == BF16:
            values = (raw.view("<u2").astype(np.uint32) << 16).view(np.float32)
        else:
            blocks = raw.reshape(-1, BLOCK_BYTES)
            scales = np.ascontiguousarray(blocks[:, :2]).view("<f2").astype(np.float32)
            values = scales * blocks[:, 2:].view(np.int8)
        return torch.from_numpy(values.reshape(entry.shape))


def _check_places(entries: list[_Entry], n_bytes: int, alignment: int) -> None:
    """No tensor outside of the file, none over another, no name twice."""
    if len({entry.name for entry in entries}) < len(entries):
        raise ValueError("has two tensors of one name")
    end = 0
    for entry in sorted(entries, key=lambda entry: entry.offset):
        if entry.offset % alignment or entry.offset < end:
            raise ValueError(f"has the tensor '{entry.name}' over another one, or out of line")
        end = entry.offset + entry.n_bytes
        if end > n_bytes:
            raise ValueError(f"is cut short: the tensor '{entry.name}' ends past the file's end")


def _check_memory(entries: list[_Entry]) -> None:
    """What the file's numbers take as float32, and the bytes of the largest tensor beside them, has to be there."""
    wanted = sum(4 * math.prod(entry.shape) for entry in entries) + max((entry.n_bytes for entry in entries), default=0)
    if wanted > (left := memory_left()):
        raise MemoryError(
            f"holds tensors that take {gigabytes(wanted)} of memory as float32, and {gigabytes(left)} are left"
        )


def _unusable(path: Path, why: str, hint: str = "give a GGUF file of one of our exports, unchanged") -> InteropError:
    return InteropError(f"{path.name} {why}", where=str(path), hint=hint)
