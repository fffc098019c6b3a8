"""From Python's values to C's, checked against the declarations: a wrong number or kind of arguments is a TypeError that names the
kernel and the argument, before anything of C has run."""

import ctypes
import itertools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pocket_narrator.models.kernels.binding.declarations import Declarations, Function, Parameter

ELEMENTS = {  # what a pointer to a C type takes, by the names that torch and numpy have in common
    "float": ("float32",),
    "bf16": ("bfloat16",),
    "double": ("float64",),
    "int64_t": ("int64",),
    "int32_t": ("int32",),
    "uint32_t": ("uint32",),
    "uint8_t": ("uint8", "bool"),
    "void": (),  # any
}
RESULTS = {"void": None, "int": ctypes.c_int, "int64_t": ctypes.c_int64}
Convert = Callable[[Any], Any]


class Rows:
    """A tensor [..., E] whose last dimension is dense, and whose leading ones are one sequence of tokens a fixed number of
    elements apart: what a slice of a wider tensor's last dimension is. Copies one that is not."""

    def __init__(self, tensor: Tensor) -> None:
        distance = _distance(tensor)
        self.tensor = tensor if distance is not None else tensor.contiguous()
        self.stride = tensor.shape[-1] if distance is None else distance


def _distance(tensor: Tensor) -> int | None:
    """From one token to the next, None where it is not the same for all. A dimension of one element may have any stride:
    nobody ever takes a step along it."""
    if tensor.is_contiguous():
        return tensor.shape[-1]
    if tensor.stride(-1) != 1 and tensor.shape[-1] > 1:
        return None
    steps = [(size, stride) for size, stride in zip(tensor.shape[:-1], tensor.stride()[:-1], strict=True) if size != 1]
    if any(outer != size * inner for (_, outer), (size, inner) in itertools.pairwise(steps)):
        return None
    return steps[-1][1] if steps else tensor.shape[-1]


class Kernel:
    """An exported C function, called by the names of its arguments, and `before` each call this."""

    def __init__(
        self, function: Any, declared: Function, layouts: "Layouts", before: Callable[[], object] = lambda: None
    ) -> None:
        self._signature = Signature(f"kernel {declared.name}", declared.parameters, layouts)
        self._function, self._before = function, before
        function.argtypes = [c_type for c_type, _ in self._signature.types]
        function.restype = RESULTS[declared.result]

    def __call__(self, given: Mapping[str, object]) -> int | None:
        arguments = self._signature.convert(given)
        self._before()
        return self._function(*arguments)

    def bind(self, given: Mapping[str, object]) -> Callable[[], int | None]:
        """The call, with arguments that are checked now; what they point to is kept alive."""
        bound = (self._signature.convert(given), dict(given))

        def call() -> int | None:
            self._before()
            return self._function(*bound[0])

        return call


class Signature:
    """Names and types of the arguments of a function, or of the fields of a struct."""

    def __init__(self, name: str, parameters: list[Parameter], layouts: "Layouts") -> None:
        self._name = name
        self._names = {parameter.name for parameter in parameters}
        self.types = [_converter(name, parameter, layouts) for parameter in parameters]
        self._converters = [(p.name, convert) for p, (_, convert) in zip(parameters, self.types, strict=True)]

    def convert(self, given: Mapping[str, object]) -> list[Any]:
        """In the order of the declaration. What is optional may be None, or left out."""
        if not given.keys() <= self._names:
            self._refuse_unknown(given)
        get = given.get
        return [convert(get(name)) for name, convert in self._converters]

    def _refuse_unknown(self, given: Mapping[str, object]) -> None:
        unknown = ", ".join(sorted(given.keys() - self._names))
        if unknown:
            raise TypeError(f"{self._name} has no argument {unknown}; it takes {', '.join(sorted(self._names))}")

    def convert_some(self, given: Mapping[str, object]) -> dict[str, Any]:
        """Only what is given."""
        converters = dict(self._converters)
        self._refuse_unknown(given)
        return {name: converters[name](value) for name, value in given.items()}


class Layouts:
    """The structs that C declares, as ctypes' own, made when they are asked for."""

    def __init__(self, declared: Declarations) -> None:
        self.declared = declared
        self._made: dict[str, tuple[type[ctypes.Structure], Signature]] = {}

    def __getitem__(self, name: str) -> tuple[type[ctypes.Structure], Signature]:
        """The struct, and what its fields take."""
        if name not in self._made:
            fields = self.declared.structs[name]
            signature = Signature(name.removesuffix("_operation"), fields, self)
            types = [(field.name, c_type) for field, (c_type, _) in zip(fields, signature.types, strict=True)]
            self._made[name] = type(name, (ctypes.Structure,), {"_fields_": types}), signature
        return self._made[name]

    def make(self, name: str, **fields: object) -> ctypes.Structure:
        """A struct filled by names. What its pointers point to has to be kept alive by the caller."""
        struct, signature = self[name]
        return struct(*signature.convert(fields))

    def check_sizes(self, constants: Mapping[str, int]) -> None:
        """Where C's compiler has made another layout of a struct than ctypes, nothing may be called."""
        for name, size in constants.items():
            struct = name.removeprefix("sizeof ")
            here = size if struct == name else ctypes.sizeof(self[struct][0])
            assert here == size, f"{struct} has {size} bytes in C, and {here} here"


def _converter(owner: str, parameter: Parameter, layouts: Layouts) -> tuple[Any, Convert]:
    """The type of an argument for ctypes, and what makes a value of it."""
    where = f"{owner}: {parameter.name}"
    if parameter.is_pointer:
        if parameter.type in ELEMENTS:
            return ctypes.c_void_p, _pointer(where, ELEMENTS[parameter.type], parameter.is_optional)
        return ctypes.c_void_p, _struct_pointer(where, layouts[parameter.type][0], parameter.is_optional)
    if parameter.type == "int64_t":
        return ctypes.c_int64, _integer(where)
    if parameter.type in ("float", "double"):
        return ctypes.c_float if parameter.type == "float" else ctypes.c_double, _real(where)
    if parameter.type in layouts.declared.enums:
        return ctypes.c_int, _choice(where, layouts.declared.enums[parameter.type])
    struct = layouts[parameter.type][0]
    assert parameter.type == "activations", f"{where} is of an unknown type {parameter.type}"
    return struct, _activations(where, struct, parameter.is_optional)


def _wrong(where: str, wanted: str, found: object) -> TypeError:
    if found is None:
        return TypeError(f"{where} is missing: {wanted}")
    if isinstance(found, Tensor | np.ndarray):
        place = f" on {found.device}" if isinstance(found, Tensor) else ""
        dense = found.is_contiguous() if isinstance(found, Tensor) else found.flags.c_contiguous
        kind = f"{'' if dense else 'non-contiguous '}{type(found).__name__} of {found.dtype}{place}"
        return TypeError(f"{where} has to be {wanted}, not a {kind}, shape {list(found.shape)}")
    return TypeError(f"{where} has to be {wanted}, not {type(found).__name__} {str(found)[:40]!r}")


def _integer(where: str) -> Convert:
    def convert(value: Any) -> int:
        if (type(value) is int and -(2**63) <= value < 2**63) or type(value) is bool:
            return value
        raise _wrong(where, "an integer of 64 bits", value)

    return convert


def _real(where: str) -> Convert:
    def convert(value: Any) -> float:
        if type(value) is float or type(value) is int:
            return value
        raise _wrong(where, "a number", value)

    return convert


def _choice(where: str, names: list[str]) -> Convert:
    values = {name: value for value, name in enumerate(names)}

    def convert(value: Any) -> int:
        if type(value) is str and value in values:
            return values[value]
        raise _wrong(where, f"one of {', '.join(names)}", value)

    return convert


def _pointer(where: str, elements: tuple[str, ...], is_optional: bool) -> Convert:
    """A contiguous tensor or array on the CPU, `Rows`, or a list of integers."""
    dtypes = tuple(getattr(torch, name) for name in elements)
    arrays = tuple(np.dtype(name) for name in elements if name != "bfloat16")
    wanted = f"a contiguous tensor or array of {' or '.join(elements) or 'any type'} on the CPU"

    def convert(value: Any) -> Any:
        if isinstance(value, Tensor):
            if (value.dtype in dtypes or not dtypes) and value.is_cpu and value.is_contiguous():
                return value.data_ptr()
        elif value is None:
            if is_optional:
                return None
        elif isinstance(value, Rows):
            if value.tensor.dtype in dtypes and value.tensor.is_cpu:
                return value.tensor.data_ptr()
        elif isinstance(value, np.ndarray):
            if (value.dtype in arrays or not elements) and value.flags.c_contiguous:
                return value.ctypes.data
        elif isinstance(value, list) and elements == ("int64",) and all(type(each) is int for each in value):
            return (ctypes.c_int64 * len(value))(*value)
        raise _wrong(where, wanted, value.tensor if isinstance(value, Rows) else value)

    return convert


def _struct_pointer(where: str, struct: type[ctypes.Structure], is_optional: bool) -> Convert:
    """A struct, or an array of them."""

    def convert(value: Any) -> int | None:
        if value is None and is_optional:
            return None
        if isinstance(value, struct) or (isinstance(value, ctypes.Array) and value._type_ is struct):
            return ctypes.addressof(value)
        raise _wrong(where, f"a struct {struct.__name__}, or an array of them", value)

    return convert


def _activations(where: str, struct: type[ctypes.Structure], is_optional: bool) -> Convert:
    """Rows [.., width] of float32; they may lie apart, and begin inside a wider row."""

    def convert(value: Any) -> ctypes.Structure:
        if value is None and is_optional:
            return struct()
        if (
            isinstance(value, Tensor)
            and value.dtype is torch.float32
            and value.is_cpu
            and value.ndim == 2
            and (value.stride(1) == 1 or value.shape[1] == 1)
        ):
            return struct(value.data_ptr(), value.stride(0))
        raise _wrong(where, "rows of activations, float32 on the CPU", value)

    return convert
