"""Tensors and what is said about them as one piece of bytes, and such bytes as the text of a page.

A container is a line of JSON, and then the tensors, each from a multiple of 8 bytes on; read by `container.js`.
"""

import hashlib
import json
import re
import zlib
from typing import Any

import numpy as np

ALIGNMENT = 8  # bytes
# Symbols of seven bits that a page cannot hold as they are: NUL and the return are changed where a page is read, and `<` may end
# its element. Such a one and the symbol after it are one character of two bytes.
AWKWARD = b"\x00\r<"
_AWKWARD = re.compile(rb"[\x00\r<].", re.DOTALL)


class Container:
    """Collects tensors; the same one is kept once."""

    def __init__(self) -> None:
        self._arrays: list[np.ndarray] = []
        self._numbers: dict[tuple[str, tuple[int, ...], bytes], int] = {}
        self.nbytes = 0

    def add(self, array: np.ndarray) -> int:
        """The number that an array is known by from here on. Little-endian, contiguous."""
        dense = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False)
        key = (dense.dtype.name, dense.shape, hashlib.sha256(dense.tobytes()).digest())
        if key not in self._numbers:
            self._numbers[key] = len(self._arrays)
            self._arrays.append(dense)
            self.nbytes += dense.nbytes
        return self._numbers[key]

    def to_bytes(self, about: dict[str, Any]) -> bytes:
        """The container, compressed (zlib). about: what the page has to know beside the tensors."""
        places, at = [], 0
        for array in self._arrays:
            places.append([array.dtype.name, array.size, at])
            at += -(-array.nbytes // ALIGNMENT) * ALIGNMENT
        head = json.dumps({**about, "tensors": places}, separators=(",", ":"), ensure_ascii=True).encode() + b"\n"
        parts = [head + b" " * (-len(head) % ALIGNMENT)]
        parts += [array.tobytes() + bytes(-array.nbytes % ALIGNMENT) for array in self._arrays]
        return zlib.compress(b"".join(parts), level=9)


def as_text(raw: bytes) -> str:
    """Seven bits a byte, so that text of 8/7 of the length holds them. What stands in a page's element, and is read by `from_text`
    in container.js. Ends with a character that may be left over."""
    bits = np.unpackbits(np.frombuffer(raw, np.uint8))
    bits = np.concatenate([bits, np.zeros(-len(bits) % 7, np.uint8)]).reshape(-1, 7)
    symbols = np.packbits(bits, axis=1)[:, 0] >> 1
    joined = _AWKWARD.sub(_two_bytes, symbols.tobytes() + b" ")
    return joined.decode()


def _two_bytes(found: re.Match[bytes]) -> bytes:
    first, second = found[0]
    return chr(0x80 + (AWKWARD.index(first) << 7 | second)).encode()
