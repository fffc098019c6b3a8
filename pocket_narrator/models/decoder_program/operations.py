"""A stack as a list of operations for the C decoder: weights laid out for it, and the call.

The operations and their fields are those of decode_types.h, by the same names.
"""

import ctypes
from collections.abc import Callable
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from pocket_narrator.models.decoder_program.large_pages import Arena
from pocket_narrator.models.kernels import native

Precision = Literal["fp32", "bf16", "int8"]

FORMS = {"fp32": "floats", "bf16": "pairs", "int8": "bytes"}  # of cells, in decode_types.h
IN_CELL = {"fp32": 1, "bf16": 2, "int8": 4}  # inputs of a cell of 4 bytes


def padded(width: int, unit: str = "GROUP") -> int:
    """`width` rounded up to a multiple of a constant of C: LANES of a vector, GROUP of a product's outputs, SPAN of attention."""
    return _rounded_up(width, native.constant(unit))


def _rounded_up(width: int, unit: int) -> int:
    return -(-width // unit) * unit


class Program:
    """Operations on rows of activations, and everything that they point to."""

    def __init__(self, rows: int) -> None:
        """`rows`: the most that a step may have."""
        self.rows = rows
        self._layouts = native.layouts()
        self.operations: list[tuple[str, dict[str, object]]] = []  # names and fields, whose tensors are kept alive here
        self.blank: list[Tensor] = []  # what steps write on: rows of activations, and memory of slots
        self._listed: list[tuple[ctypes.Structure, ctypes.Structure]] = []  # the fields in C, and what points to them
        self._room = 0  # floats that a thread needs for itself
        self._arena = Arena()
        self._run: Callable[[], object] | None = None
        self._numbers = np.zeros((6, rows + 1), np.int64)
        names = ("tokens", "before", "positions", "slots", "first", "want")
        self._step = self._layouts.make(
            "decode_step", rows=0, runs=0, wanted=0, **dict(zip(names, self._numbers, strict=True))
        )

    def rows_of(self, width: int) -> Tensor:
        """A buffer of activations [rows, width rounded up]."""
        return self.zeros(self.rows, padded(width))

    def zeros(self, *shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
        """Memory of the program's own."""
        self.blank.append(self._arena.zeros(shape, dtype))
        return self.blank[-1]

    def table(self, rows_NK: Tensor, precision: Precision) -> Tensor:
        """A contiguous copy of rows that are looked up; int8 rounds them as the weights of a product."""
        return self.keep(rows_NK if precision != "int8" else expanded(*rounded_to_bytes(rows_NK.detach().float())))

    def keep(self, tensor: Tensor) -> Tensor:
        """A contiguous copy."""
        return self._arena.copy(tensor)

    def add(self, operation: str, /, **fields: object) -> int:
        """Appends an operation, one of OPERATIONS in decode_types.h, with the fields of its struct there, and returns its number.
        Rows of activations may be views that begin inside a row. TypeError where a field is missing, unknown or of a wrong type."""
        struct = f"{operation}_operation"
        if struct not in self._layouts.declared.structs:
            raise TypeError(f"the decoder has no operation {operation}")
        made = self._layouts.make(struct, **fields)
        for field in self._layouts.declared.structs[struct]:
            value = fields.get(field.name)
            if field.type == "activations" and isinstance(value, Tensor) and len(value) < self.rows:
                raise TypeError(f"{operation}: {field.name} has {len(value)} rows, and a step up to {self.rows}")
        listed = self._layouts["operation"][0](native.constant(f"OPERATION_{operation}"), ctypes.addressof(made))
        room = native.call("decode_room", o=listed, rows=self.rows)
        assert room is not None
        if room < 0:
            raise TypeError(f"{operation}: a tensor is missing that it needs with these numbers (see decode_types.h)")
        self._room = max(self._room, room)
        self._listed.append((made, listed))
        self.operations.append((operation, fields))
        self._run = None
        return len(self.operations) - 1

    def point(self, number: int, **fields: Tensor) -> None:
        """Exchanges tensors of an operation, by the names of their fields."""
        struct, _ = self._listed[number]
        _, signature = self._layouts[type(struct).__name__]
        for name, value in signature.convert_some(fields).items():
            setattr(struct, name, value)
        self.operations[number][1].update(fields)

    def product(
        self,
        weight_NK: Tensor,
        source: Tensor,
        target: Tensor,
        precision: Precision,
        *,
        bias: Tensor | None = None,
        activation: str = "linear",
        is_added: bool = False,
        norm: tuple[str, Tensor, Tensor | None, float] | None = None,
        norm_width: int = 0,
        only_wanted: bool = False,
    ) -> None:
        """target = activation(weight norm(source) + bias), or added to it. norm: its kind, gain, bias and epsilon. norm_width: of
        blocks that are normed by themselves; 0: the row."""
        if activation == "swiglu":
            weight_NK = _gates_beside_values(weight_NK.detach())
            bias = None if bias is None else _gates_beside_values(bias.detach()[:, None])[:, 0]
        weights, scales, totals = _packed(weight_NK.detach().float(), precision)
        K, groups = weight_NK.shape[1], len(weights)
        kind, gain, shift, epsilon = norm or ("no_norm", None, None, 0.0)
        columns, inputs = groups * native.constant("GROUP"), K + native.constant("GROUP")
        self.add(
            "product",
            form=FORMS[precision],
            norm=kind,
            activation=activation,
            inputs=K,
            groups=groups,
            is_added=is_added,
            only_wanted=only_wanted,
            norm_width=norm_width,
            epsilon=epsilon,
            weights=self.keep(weights),
            scales=scales,
            totals=totals,
            bias=_with_zeros(bias, columns),
            gain=_with_zeros(gain, inputs),
            shift=_with_zeros(shift, inputs),
            input=source,
            output=target,
        )

    def run(
        self, tokens: list[int], before: list[int], positions: list[int], slots: list[int], first: list[int], want: list[int]
    ) -> None:  # fmt: skip
        """One step. tokens, before and positions of each row; slots of each run of rows; first: where each run begins, and
        the number of rows; want: the rows whose logits are asked for."""
        if self._run is None:
            self._run = self._prepared()
        step = self._step
        step.rows, step.runs, step.wanted = len(tokens), len(slots), len(want)
        for row, values in zip(self._numbers, (tokens, before, positions, slots, first, want), strict=True):
            row[: len(values)] = values
        self._run()

    def _prepared(self) -> Callable[[], object]:
        """The call of all operations."""
        listed = [operation for _, operation in self._listed]
        operations, count = (self._layouts["operation"][0] * len(listed))(*listed), len(listed)
        room, threads = _rounded_up(self._room, 256), torch.get_num_threads()
        own = torch.zeros(threads, room)
        return native.bind(
            "decode", operations=operations, count=count, step=self._step, own=own, room=room, threads=threads
        )


def _packed(weight_NK: Tensor, precision: Precision) -> tuple[Tensor, Tensor | None, Tensor | None]:
    """[groups, cells, 64 outputs, inputs of a cell]; and where they are integers the scale of each output (the largest weight
    of a row is 127), and its sum. Cells of several inputs come in whole vectors: `cells_of` in decode_product.h."""
    N, K = weight_NK.shape
    in_cell = IN_CELL[precision]
    group, lanes = native.constant("GROUP"), native.constant("LANES")
    whole = torch.zeros(_rounded_up(N, group), K if precision == "fp32" else _rounded_up(K, lanes * in_cell))
    whole[:N, :K] = weight_NK
    scales = totals = None
    if precision == "int8":
        whole, scales = rounded_to_bytes(whole)
        totals = whole.sum(dim=1).to(torch.int32)
    dtype = {"fp32": torch.float32, "bf16": torch.bfloat16, "int8": torch.int8}[precision]
    cells = whole.view(-1, group, whole.shape[1] // in_cell, in_cell)
    return cells.transpose(1, 2).contiguous().to(dtype), scales, totals


def rounded_to_bytes(rows_NK: Tensor) -> tuple[Tensor, Tensor]:
    """Whole numbers, still as floats, and the scale of each row: its largest number is 127."""
    scales = rows_NK.abs().amax(dim=1).clamp(min=1e-30) / 127
    return (rows_NK / scales[:, None]).round(), scales


def expanded(whole_NK: Tensor, scales_N: Tensor) -> Tensor:
    """What `rounded_to_bytes` stands for."""
    return whole_NK * scales_N[:, None]


def _gates_beside_values(weight_NK: Tensor) -> Tensor:
    """Rows [gates, values] as blocks of 32 gates and their 32 values, with zeros where the last block is not full."""
    half, hidden = native.constant("GROUP") // 2, weight_NK.shape[0] // 2
    parts = weight_NK.new_zeros(2, _rounded_up(hidden, half), weight_NK.shape[1])
    parts[:, :hidden] = weight_NK.view(2, hidden, -1)
    return parts.view(2, -1, half, weight_NK.shape[1]).transpose(0, 1).reshape(-1, weight_NK.shape[1])


def _with_zeros(vector: Tensor | None, length: int) -> Tensor | None:
    if vector is None:
        return None
    longer = torch.zeros(length)
    longer[: len(vector)] = vector.detach()
    return longer
