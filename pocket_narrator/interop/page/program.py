"""The C decoder's program of a stack, told to a decoder that was compiled for WebAssembly: its structs as bytes with addresses of
32 bits, which `decoder.js` fills in, and what each of them points to."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pocket_narrator.interop.page.container import Container
from pocket_narrator.models.decoder_program.operations import FORMS, Precision, expanded, rounded_to_bytes
from pocket_narrator.models.decoding.program import build
from pocket_narrator.models.kernels import native
from pocket_narrator.models.kernels.binding.declarations import Declarations, Parameter
from pocket_narrator.models.stack import BEFORE_FIRST, DecoderStack

ROWS = 32  # tokens of a prompt that a step reads
OPERATION = struct.Struct("<qi4x")  # kind, arguments
BLANK, PLAIN, TABLE, PRODUCT, ROTATION = range(5)  # kinds of memory, as decoder.js knows them
_CODES = {"int64_t": "q", "double": "d"}


@dataclass
class _Told:
    """The structs so far."""

    container: Container
    model: DecoderStack
    structs: bytearray = field(default_factory=bytearray)
    addresses: list[tuple[int, int, int]] = field(default_factory=list)  # place in structs, memory, bytes into it
    memory: list[list[int]] = field(default_factory=list)
    numbers: dict[int, int] = field(default_factory=dict)  # of memory, by the address that it has here


def tell_program(model: DecoderStack, precision: Precision, container: Container) -> dict[str, Any]:
    """What a page has to know of a stack that the C decoder takes; its weights go into the container."""
    made = build(model, 1, ROWS, precision)
    declared = native.layouts().declared
    told = _Told(container, model)
    for blank in made.program.blank:
        told.numbers[blank.data_ptr()] = len(told.memory)
        told.memory.append([BLANK, blank.nbytes])
    rotations = {number: (width, base) for number, width, base in made.rotated}
    operations = []
    for number, (name, fields) in enumerate(made.program.operations):
        _pad(told.structs)
        operations += [native.constant(f"OPERATION_{name}"), len(told.structs)]
        _tell(told, declared, name, fields, made.program.blank, rotations.get(number))
    return {
        "kind": "stack",
        "vocabulary": model.vocabulary_size,
        "context": model.context,
        "restarts": model.positions is not None,
        "before_first": BEFORE_FIRST,
        "rows": ROWS,
        "logits": told.numbers[made.logits.data_ptr()],
        "recurrent_states": [told.numbers[state.data_ptr()] for state in made.recurrent_states],
        "operations": operations,
        "structs": container.add(np.frombuffer(bytes(told.structs), np.uint8)),
        "addresses": container.add(np.array(told.addresses, np.int32).reshape(-1)),
        "memory": told.memory,
    }


def size_of(declared: Declarations, name: str) -> int:
    """Bytes of a struct where addresses have 32 bits."""
    *_, (_, _, end) = _layout(declared, declared.structs[name])
    return -(-end // 8) * 8


def _layout(declared: Declarations, fields: list[Parameter]) -> Iterator[tuple[Parameter, int, int]]:
    """Each field, where it begins, and where it ends."""
    at = 0
    for each in fields:
        is_small = each.is_pointer or each.type in declared.enums
        size = 4 if is_small else 16 if each.type == "activations" else 8
        at += -at % (4 if is_small else 8)
        yield each, at, at + size
        at += size


def _pad(structs: bytearray) -> None:
    structs += bytes(-len(structs) % 8)


def _tell(
    told: _Told,
    declared: Declarations,
    name: str,
    fields: dict[str, Any],
    blanks: list[Tensor],
    rotation: tuple[int, float] | None,
) -> None:
    begin, kind = len(told.structs), f"{name}_operation"
    told.structs += bytes(size_of(declared, kind))
    for each, at, _ in _layout(declared, declared.structs[kind]):
        value, place = fields.get(each.name), begin + at
        if each.is_pointer and rotation is not None and each.name in ("cosine", "sine"):
            width, base = rotation
            told.addresses.append((place, _number(told, (ROTATION, width, base, int(each.name == "sine"))), 0))
        elif isinstance(value, Tensor) and (each.type == "activations" or _is_blank(value, blanks)):
            _point_into(told, place, value, blanks)
            if each.type == "activations":
                struct.pack_into("<q", told.structs, place + 8, value.stride(0))
        elif (
            isinstance(value, Tensor) and each.name != "totals"
        ):  # of integers in two lines, which this decoder has not
            told.addresses.append((place, _weights(told, name, each.name, value, fields), 0))
        elif each.type in declared.enums:
            struct.pack_into("<i", told.structs, place, declared.enums[each.type].index(str(value)))
        elif not each.is_pointer and value is not None:
            struct.pack_into("<" + _CODES[each.type], told.structs, place, value)


def _is_blank(value: Tensor, blanks: list[Tensor]) -> bool:
    return any(value.data_ptr() == blank.data_ptr() for blank in blanks)


def _point_into(told: _Told, place: int, value: Tensor, blanks: list[Tensor]) -> None:
    """Views begin inside of the first row of what they are views of."""
    for blank in blanks:
        inside = value.data_ptr() - blank.data_ptr()
        if 0 <= inside < blank.nbytes:
            told.addresses.append((place, told.numbers[blank.data_ptr()], inside))
            return
    raise AssertionError("rows of activations lie in the program's own memory")


def _number(told: _Told, about: tuple[Any, ...]) -> int:
    """Of memory that is described so; the same description is the same memory."""
    described = list(about)
    if described not in told.memory:
        told.memory.append(described)
    return told.memory.index(described)


def _weights(told: _Told, operation: str, name: str, value: Tensor, fields: dict[str, Any]) -> int:
    if operation == "product" and name == "weights":
        return _product(told, value, fields)
    if operation == "product" and name == "scales":
        used = value[: _filled(_rows(fields["weights"], fields["inputs"]))]
        return _number(told, (PLAIN, told.container.add(used.numpy()), value.nbytes))
    for parameter in told.model.parameters():
        if parameter.shape == value.shape and parameter.dim() == 2:
            whole, scales = rounded_to_bytes(parameter.detach())
            if torch.equal(expanded(whole, scales), value):
                numbers = (told.container.add(whole.to(torch.int8).numpy()), told.container.add(scales.numpy()))
                return _number(told, (TABLE, *numbers, *value.shape))
    return _number(told, (PLAIN, told.container.add(value.numpy()), value.nbytes))


def _product(told: _Told, packed: Tensor, fields: dict[str, Any]) -> int:
    """Row by row again, without the rows that only fill the last group: so a tied head is the embedding."""
    rows = _rows(packed, fields["inputs"])
    filled = _filled(rows)
    tensor = told.container.add(rows[:filled].contiguous().numpy())
    form = list(FORMS.values()).index(fields["form"])
    return _number(told, (PRODUCT, tensor, form, filled, len(rows), fields["inputs"]))


def _rows(packed: Tensor, inputs: int) -> Tensor:
    """[groups, cells, 64, inputs of a cell] as [outputs, inputs]."""
    return packed.transpose(1, 2).reshape(packed.shape[0] * packed.shape[2], -1)[:, :inputs]


def _filled(rows: Tensor) -> int:
    """Up to the last row that is not all zeros; one at least."""
    used = rows.any(dim=1).nonzero()
    return int(used.max()) + 1 if len(used) else 1
