"""What a compiled library asks of a system, and what it offers: looked at before it goes into a wheel, since most of the systems are not here."""

import re
from collections.abc import Set
from pathlib import Path

import lief

from distribution.targets import Target
from pocket_narrator.models.kernels.binding.compiling import sources
from pocket_narrator.models.kernels.binding.declarations import read_declarations

# What every such system has: libraries of the C runtime, and of Windows 10. A pattern each.
_EXPECTED = {
    "linux-gnu": r"lib(c|m|pthread)\.so\.\d|ld-linux-.*",
    "linux-musl": r"libc\.so|libc\.musl-.*",
    "macos": r"/.*/libSystem\.B\.dylib",
    "windows": r"(kernel32|ntdll)\.dll|api-ms-win-(crt|core-synch)-.*\.dll",
}
lief.logging.disable()  # it warns of what a stripped library of macOS lacks
_GLIBC = re.compile(r"GLIBC_(\d+)\.(\d+)(\.\d+)?")


def inspect(library: Path, target: Target, exported: Set[str] = frozenset()) -> None:
    """ValueError where the library lacks an export (none given: those that the kernels' sources declare), needs what not every such
    system has, or would be refused by it."""
    parsed = lief.parse(str(library))
    wanted = exported or set(read_declarations(sources()).functions)
    if isinstance(parsed, lief.ELF.Binary):
        has, needs, wrong = (
            {_name(symbol) for symbol in parsed.exported_symbols},
            parsed.libraries,
            _elf(parsed, target),
        )
    elif isinstance(parsed, lief.MachO.Binary):
        has = {_name(symbol).removeprefix("_") for symbol in parsed.exported_symbols}
        needs, wrong = (
            [found.name for found in parsed.libraries if found.name != _own_name(parsed)],
            _macho(parsed, target),
        )
    elif isinstance(parsed, lief.PE.Binary):
        table = parsed.get_export()
        has = {str(entry.name) for entry in table.entries} if table is not None else set()
        needs, wrong = [found.name for found in parsed.imports], []
    else:
        raise ValueError(f"{library.name} is no library")
    system = next(system for system in _EXPECTED if system in target.triple)
    wrong += [f"needs {one}" for one in needs if not re.fullmatch(_EXPECTED[system], str(one), re.IGNORECASE)]
    wrong += [f"lacks {one}" for one in sorted(wanted - has)]
    if wrong:
        raise ValueError(f"{library.name} for {target.name}: {', '.join(wrong)}")


def _name(symbol: lief.Symbol) -> str:
    return str(symbol.name)


def _own_name(library: lief.MachO.Binary) -> str | None:
    own = [command for command in library.commands if command.command == lief.MachO.LoadCommand.TYPE.ID_DYLIB]
    return own[0].name if own and isinstance(own[0], lief.MachO.DylibCommand) else None


def _elf(library: lief.ELF.Binary, target: Target) -> list[str]:
    """Versions of glibc that are newer than the one promised, and what only some have, such as GLIBC_ABI_DT_RELR."""
    promised = re.search(r"gnu\.(\d+)\.(\d+)", target.triple)
    names = {str(one.name) for needed in library.symbols_version_requirement for one in needed.get_auxiliary_symbols()}

    def is_promised(name: str) -> bool:
        found = _GLIBC.fullmatch(name)
        return bool(found and promised and _version(found) <= _version(promised))

    return [f"needs {name}" for name in sorted(names) if name.startswith("GLIBC") and not is_promised(name)]


def _version(found: re.Match[str]) -> tuple[int, int]:
    return int(found[1]), int(found[2])


def _macho(library: lief.MachO.Binary, target: Target) -> list[str]:
    """Arm Macs load nothing that is not signed, be it by nobody in particular; and none load what is for a newer system."""
    wrong = []
    promised = [int(part) for part in target.triple.split("macos.")[1].split(".")]
    version = library.build_version
    if version is None or list(version.minos)[:2] > promised:
        wrong.append(f"needs macOS {'?' if version is None else '.'.join(map(str, version.minos))}")
    if target.triple.startswith("aarch64") and not library.has_code_signature:
        wrong.append("is not signed")
    return wrong
