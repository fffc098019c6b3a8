"""The systems that a wheel is made for."""

from typing import NamedTuple


class Target(NamedTuple):
    """`triple` is zig's name of the system, with the oldest C library or system that it runs on; `tags` are the wheel's
    (packaging.python.org, "Platform compatibility tags")."""

    name: str
    triple: str
    tags: tuple[str, ...]
    suffix: str
    oldest: str  # the processor that every machine of this system has at least, as zig names it
    levels: tuple[str, ...]  # of pocket_narrator/models/kernels/binding/levels.py
    cpus: tuple[str, ...] = ()  # in place of the levels' own

    @property
    def wheel_tags(self) -> list[str]:
        return [f"py3-none-{tag}" for tag in self.tags]


_X86 = ("x86-64-v3", "x86-64-v4-vnni", "x86-64-v4-bf16")
_LINUX_X86 = (*_X86, "x86-64-v4-amx")  # only Linux lends the registers of tiles by the call that we make
_ARM = ("arm64", "arm64-dotprod", "arm64-bf16")

TARGETS = (
    Target(
        "manylinux-x86_64", "x86_64-linux-gnu.2.17", ("manylinux_2_17_x86_64", "manylinux2014_x86_64"), ".so", "x86_64", _LINUX_X86
    ),
    Target(
        "manylinux-aarch64", "aarch64-linux-gnu.2.17", ("manylinux_2_17_aarch64", "manylinux2014_aarch64"), ".so", "generic", _ARM
    ),
    Target("musllinux-x86_64", "x86_64-linux-musl", ("musllinux_1_2_x86_64",), ".so", "x86_64", _LINUX_X86),
    # The first Apple silicon, M1, multiplies int8; those since M2 bf16 too.
    Target(
        "macos-arm64", "aarch64-macos.11.0", ("macosx_11_0_arm64",), ".dylib", "apple_m1",
        ("arm64-dotprod", "arm64-bf16"), ("apple_m1", "apple_m1+bf16+i8mm"),
    ),
    Target("macos-x86_64", "x86_64-macos.10.15", ("macosx_10_15_x86_64",), ".dylib", "x86_64", _X86[:2]),
    Target("windows-x86_64", "x86_64-windows-gnu", ("win_amd64",), ".dll", "x86_64", _X86),
)  # fmt: skip
