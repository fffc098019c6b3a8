"""Tensors in the safetensors format, written and read as a stream that is hashed while it passes.

The library writes and reads the same format, but in its own native code: here the bytes that were hashed are the bytes
that become tensors (one read, memory of one copy), and a full disk is met where it can be handled. The format
(https://github.com/huggingface/safetensors#format): the header's length as a little-endian 64-bit number, a JSON header
with the type, shape and place of every tensor, and the tensors without gaps.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from pocket_narrator.files.json_file import SIZE_LIMIT, parse_json

DTYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "U16": torch.uint16,
    "U32": torch.uint32,
    "BOOL": torch.bool,
}
DTYPE_NAMES = {dtype: name for name, dtype in DTYPES.items()}
DIMENSION_LIMIT = 16


class Sink(Protocol):
    """Where bytes go."""

    def write(self, data: memoryview, /) -> object: ...


class Source(Protocol):
    """Where bytes come from: fills what it can of `buffer` and says how much, 0 at the end."""

    def readinto(self, buffer: memoryview, /) -> int: ...


@dataclass(frozen=True)
class Entry:
    """One tensor's place in the file."""

    name: str
    dtype: torch.dtype
    shape: tuple[int, ...]
    n_bytes: int


def write_tensors(sink: Sink, tensors: Mapping[str, Tensor]) -> None:
    """Writes `tensors`, from any device, as one safetensors file; at most one tensor is copied at a time."""
    names = sorted(tensors, key=lambda name: (-tensors[name].element_size(), name))  # keeps every tensor aligned
    header, offset = {}, 0
    for name in names:
        tensor = tensors[name]
        assert tensor.layout is torch.strided, f"{name} is not a dense tensor"
        end = offset + tensor.numel() * tensor.element_size()
        header[name] = {"dtype": DTYPE_NAMES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode("utf-8")
    text += b" " * (-len(text) % 8)
    assert len(text) <= SIZE_LIMIT, "too many tensors for one file"
    sink.write(memoryview(len(text).to_bytes(8, "little") + text))
    for name in names:
        if tensors[name].numel():
            sink.write(_bytes_of(tensors[name].detach().cpu()))


def read_header(source: Source, file_bytes: int) -> list[Entry]:
    """Reads and checks the header of a file of `file_bytes` bytes; the tensors follow in the order given.

    Raises ValueError, saying why, unless the tensors fill the rest of the file exactly.
    """
    if file_bytes < 8:
        raise ValueError("is too short for a safetensors file")
    length = int.from_bytes(_read(source, 8), "little")
    if length > min(SIZE_LIMIT, file_bytes - 8):
        raise ValueError(f"is no safetensors file, or damaged: its header claims {length:,} bytes")
    header = parse_json(bytes(_read(source, length)))
    if not isinstance(header, dict):
        raise ValueError("is no safetensors file: its header is no JSON object")
    placed = sorted((_parse_entry(name, fields) for name, fields in header.items()), key=lambda item: item[:2])
    position = 0
    for begin, end, entry in placed:
        if begin != position:
            raise ValueError(f"has a gap or an overlap before the tensor '{entry.name}'")
        position = end
    if position != file_bytes - 8 - length:
        raise ValueError("is cut short or has bytes that belong to no tensor")
    return [entry for _, _, entry in placed]


def read_tensors(source: Source, entries: list[Entry]) -> dict[str, Tensor]:
    """Reads the tensors after `read_header` into fresh CPU memory. Raises ValueError where the file ends too early."""
    tensors = {}
    for entry in entries:
        raw = torch.empty(entry.n_bytes, dtype=torch.uint8)
        if entry.n_bytes:
            _read_into(source, _bytes_of(raw))
        tensors[entry.name] = raw.view(entry.dtype).reshape(entry.shape)
    return tensors


def _parse_entry(name: str, fields: object) -> tuple[int, int, Entry]:
    if not isinstance(fields, dict) or set(fields) != {"dtype", "shape", "data_offsets"}:
        raise ValueError(f"has a malformed entry '{name[:80]}' in its header")
    dtype_name, shape, offsets = fields["dtype"], fields["shape"], fields["data_offsets"]
    if not isinstance(dtype_name, str) or dtype_name not in DTYPES:
        raise ValueError(f"has an unknown type {str(dtype_name)[:80]!r} for the tensor '{name[:80]}'")
    if not _are_sizes(shape) or not _are_sizes(offsets) or len(offsets) != 2:
        raise ValueError(f"has a malformed shape or place for the tensor '{name[:80]}'")
    dtype, (begin, end) = DTYPES[dtype_name], offsets
    if end - begin != math.prod(shape) * dtype.itemsize:
        raise ValueError(f"has a shape that does not fit the place of the tensor '{name[:80]}'")
    return begin, end, Entry(name, dtype, tuple(shape), end - begin)


def _are_sizes(values: object) -> bool:
    """Whether it is a list of sizes that no product of overflows 64 bits, zeros left out."""
    if not isinstance(values, list) or not all(type(value) is int and 0 <= value < 2**48 for value in values):
        return False
    return len(values) <= DIMENSION_LIMIT and math.prod(max(value, 1) for value in values) < 2**62


def _bytes_of(tensor: Tensor) -> memoryview:
    flat = tensor.contiguous().reshape(-1)
    if flat.stride() != (1,):  # of one element, which torch calls contiguous whatever its stride
        flat = flat.clone(memory_format=torch.contiguous_format)
    return flat.view(torch.uint8).numpy().data


def _read(source: Source, n_bytes: int) -> bytearray:
    buffer = bytearray(n_bytes)
    _read_into(source, memoryview(buffer))
    return buffer


def _read_into(source: Source, view: memoryview) -> None:
    done = 0
    while done < len(view):
        count = source.readinto(view[done:])
        if not count:
            raise ValueError("ends too early")
        done += count
