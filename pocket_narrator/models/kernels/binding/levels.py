"""The levels of processors that kernels are compiled for beforehand: what a wheel has a library for, and what a processor needs for it.

A level is named after the psABI's (x86-64-v3, x86-64-v4) with what is used beyond it. Words of `needs` are those that
`distribution/processor.c` finds; `cpu` is how zig is told.
"""

from collections.abc import Set
from typing import NamedTuple


class Level(NamedTuple):
    name: str
    cpu: str
    needs: frozenset[str]


def _level(name: str, cpu: str, needs: str, below: frozenset[str] = frozenset()) -> Level:
    return Level(name, cpu, below | set(needs.split()))


# 512 bits at a time: compilers hold back where the processor is not named.
_WIDE = "x86_64_v4-prefer_256_bit+avx512vnni"
_V3 = _level("x86-64-v3", "x86_64_v3", "avx2 bmi1 bmi2 f16c fma lzcnt movbe")
_V4 = _level("x86-64-v4-vnni", _WIDE, "avx512f avx512bw avx512cd avx512dq avx512vl avx512vnni", _V3.needs)
_V4_BF16 = _level("x86-64-v4-bf16", f"{_WIDE}+avx512bf16", "avx512bf16", _V4.needs)
_V4_AMX = _level(
    "x86-64-v4-amx",
    f"{_WIDE}+avx512bf16+amx_tile+amx_bf16+amx_int8",
    "amx_tile amx_bf16 amx_int8",
    _V4_BF16.needs,
)
_ARM = _level("arm64", "generic", "")
_ARM_DOT = _level("arm64-dotprod", "generic+dotprod", "dotprod")
_ARM_BF16 = _level("arm64-bf16", "generic+dotprod+bf16+i8mm", "bf16 i8mm", _ARM_DOT.needs)

LEVELS = {level.name: level for level in (_V4_AMX, _V4_BF16, _V4, _V3, _ARM_BF16, _ARM_DOT, _ARM)}  # the best first


def fitting(features: Set[str]) -> list[Level]:
    """Those that a processor with these features has, the best first."""
    return [level for level in LEVELS.values() if level.needs <= features]
