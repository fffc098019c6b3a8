"""A stack as a list of operations for the C decoder (decode.h): weights laid out for it, and the call."""

import ctypes
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from pocket_narrator.models.decoding.large_pages import Arena
from pocket_narrator.models.kernels import native

Precision = Literal["fp32", "bf16", "int8"]

GROUP = 64  # GROUP in decode_product.h; rows of activations are padded to it
CELLS = 16  # those of rounded weights come in whole tiles: `cells_of` in decode_product.h
FORMS = {"fp32": 0, "bf16": 1, "int8": 2}
IN_CELL = {"fp32": 1, "bf16": 2, "int8": 4}  # inputs of a cell of 4 bytes
NAMES = ("embed", "skip", "product", "attend", "convolve", "scan", "recur", "scan tracks", "read tracks")
KINDS = {name: i for i, name in enumerate(NAMES)}
NORMS = {"none": 0, "rms": 1, "layer": 2}
RESULTS = {"stored": 0, "added": 1, "swiglu": 2, "gelu": 3, "squared_relu": 4}
RECURRENCES = {"linear_attention": 0, "gated_linear_attention": 1, "mamba2": 2}


class _Operation(ctypes.Structure):
    _fields_ = (
        ("kind", ctypes.c_int64),
        ("n", ctypes.c_int64 * 15),
        ("f", ctypes.c_double * 4),
        ("p", ctypes.c_void_p * 12),
    )


class _Step(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_int64) for name in ("rows", "runs", "wanted")),
        *((name, ctypes.c_void_p) for name in ("tokens", "before", "positions", "slots", "first", "want")),
    )


def padded(width: int, unit: int = GROUP) -> int:
    """`width` rounded up to a multiple of `unit`."""
    return -(-width // unit) * unit


class Program:
    """Operations on rows of activations, and everything that they point to."""

    def __init__(self, rows: int) -> None:
        """`rows`: the most that a step may have."""
        self.rows = rows
        self._operations: list[_Operation] = []
        self._arena = Arena()
        self._kept: list[Tensor] = []
        self._room = 0  # floats that a thread needs for itself
        self._compiled: ctypes.Array[_Operation] | None = None
        self._numbers = np.zeros((6, rows + 1), np.int64)
        self._step = _Step(0, 0, 0, *(self._numbers[i].ctypes.data for i in range(6)))

    def rows_of(self, width: int) -> Tensor:
        """A buffer of activations [rows, width rounded up]."""
        return self.zeros(self.rows, padded(width))

    def zeros(self, *shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
        """Memory of the program's own."""
        return self._arena.zeros(shape, dtype)

    def keep(self, tensor: Tensor) -> Tensor:
        """A contiguous copy."""
        return self._arena.copy(tensor)

    def add(
        self, kind: str, numbers: list[int], tensors: list[Tensor | None], floats: tuple[float, ...] = (), room: int = 0
    ) -> int:
        """Appends an operation and returns its number. Tensors may be views that begin inside a row."""
        operation = _Operation(KINDS[kind])
        operation.n[: len(numbers)] = numbers
        operation.f[: len(floats)] = floats
        for i, tensor in enumerate(tensors):
            if tensor is not None:
                self._kept.append(tensor)
                operation.p[i] = tensor.data_ptr()
        self._operations.append(operation)
        self._room = max(self._room, room)
        return len(self._operations) - 1

    def point(self, number: int, place: int, tensor: Tensor) -> None:
        """Exchanges a tensor of an operation."""
        self._kept.append(tensor)
        self._operations[number].p[place] = tensor.data_ptr()
        self._compiled = None

    def product(
        self,
        weight_NK: Tensor,
        source: Tensor,
        target: Tensor,
        precision: Precision,
        *,
        bias: Tensor | None = None,
        result: str = "stored",
        norm: tuple[str, Tensor, Tensor | None, float] | None = None,
        norm_width: int = 0,
        only_wanted: bool = False,
    ) -> None:
        """target = result(weight norm(source) + bias). norm: its kind, gain, bias and epsilon. norm_width: of blocks that are
        normed by themselves; 0: the row."""
        if result == "swiglu":
            weight_NK = _gates_beside_values(weight_NK.detach())
            bias = None if bias is None else _gates_beside_values(bias.detach()[:, None])[:, 0]
        weights, scales, totals = _packed(weight_NK.detach().float(), precision)
        K, groups = weight_NK.shape[1], len(weights)
        kind, gain, shift, epsilon = norm or ("none", None, None, 0.0)
        numbers = [FORMS[precision], K, groups, source.stride(0), target.stride(0), NORMS[kind], RESULTS[result]]
        numbers += [int(only_wanted), norm_width]
        columns = groups * GROUP
        tensors = [self.keep(weights), scales, _with_zeros(bias, columns), _with_zeros(gain, K + GROUP)]
        tensors += [_with_zeros(shift, K + GROUP), source, target, totals]
        room = self.rows * (padded(K) + 1) + K + GROUP
        self.add("product", numbers, tensors, (epsilon,), room)

    def run(
        self, tokens: list[int], before: list[int], positions: list[int], slots: list[int], first: list[int], want: list[int]
    ) -> None:  # fmt: skip
        """One step. tokens, before and positions of each row; slots of each run of rows; first: where each run begins, and
        the number of rows; want: the rows whose logits are asked for."""
        if self._compiled is None:
            self._compiled = (_Operation * len(self._operations))(*self._operations)
            self._threads = torch.get_num_threads()
            self._own = torch.zeros(self._threads, padded(self._room, 256))
            numbers = (len(self._compiled), self._own.shape[1], self._threads)
            count, room, threads = map(ctypes.c_int64, numbers)
            addresses = (ctypes.addressof(self._compiled), ctypes.addressof(self._step), self._own.data_ptr())
            operations, step, own = map(ctypes.c_void_p, addresses)
            self._arguments = (operations, count, step, own, room, threads)
        step = self._step
        step.rows, step.runs, step.wanted = len(tokens), len(slots), len(want)
        for row, values in zip(self._numbers, (tokens, before, positions, slots, first, want), strict=True):
            row[: len(values)] = values
        native.call("decode", *self._arguments)


def _packed(weight_NK: Tensor, precision: Precision) -> tuple[Tensor, Tensor | None, Tensor | None]:
    """[groups, cells, 64 outputs, inputs of a cell]; and where they are integers the scale of each output (the largest weight
    of a row is 127), and its sum."""
    N, K = weight_NK.shape
    in_cell = IN_CELL[precision]
    whole = torch.zeros(padded(N), K if precision == "fp32" else padded(K, CELLS * in_cell))
    whole[:N, :K] = weight_NK
    scales = totals = None
    if precision == "int8":
        scales = whole.abs().amax(dim=1).clamp(min=1e-30) / 127
        whole = (whole / scales[:, None]).round()
        totals = whole.sum(dim=1).to(torch.int32)
    dtype = {"fp32": torch.float32, "bf16": torch.bfloat16, "int8": torch.int8}[precision]
    cells = whole.view(-1, GROUP, whole.shape[1] // in_cell, in_cell)
    return cells.transpose(1, 2).contiguous().to(dtype), scales, totals


def _gates_beside_values(weight_NK: Tensor) -> Tensor:
    """Rows [gates, values] as blocks of 32 gates and their 32 values, with zeros where the last block is not full."""
    half, hidden = GROUP // 2, weight_NK.shape[0] // 2
    parts = weight_NK.new_zeros(2, padded(hidden, half), weight_NK.shape[1])
    parts[:, :hidden] = weight_NK.view(2, hidden, -1)
    return parts.view(2, -1, half, weight_NK.shape[1]).transpose(0, 1).reshape(-1, weight_NK.shape[1])


def _with_zeros(vector: Tensor | None, length: int) -> Tensor | None:
    if vector is None:
        return None
    longer = torch.zeros(length)
    longer[: len(vector)] = vector.detach()
    return longer
