"""Kernels that were compiled beforehand and came with the package, one library for each level of processors (levels.py).

They are code, as the package is: a library is taken only where it is, byte for byte, what was put into the wheel, and where nobody can have
written it who could not have written this file.
"""

import ctypes
import functools
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from pocket_narrator.files.hashed_file import sha256_of
from pocket_narrator.files.json_file import read_json_object
from pocket_narrator.models.kernels.binding.levels import LEVELS, fitting
from pocket_narrator.models.kernels.binding.library_cache import UnusableError

FOLDER = Path(__file__).parents[1] / "prebuilt"
MANIFEST = "libraries.json"  # {"processor": FILE, "levels": {LEVEL: FILE}}, each FILE {"file": NAME, "sha256": HASH}
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


class NoneHereError(Exception):
    """There are none for this processor, or none at all."""


class Prebuilt(NamedTuple):
    level: str
    path: Path
    sha256: str


def find() -> list[Prebuilt]:
    """Those that this processor has all instructions for, the best first; they have been verified.

    Raises NoneHereError where it is not a wheel, and where the processor is below every level; UnusableError where a file is not what
    was put into the wheel, OSError where it is for another system.
    """
    if not FOLDER.is_dir():
        raise NoneHereError("none came with the package, as they do in wheels")
    processor, levels = _manifest()
    here = [level.name for level in fitting(_features(_verified(processor))) if level.name in levels]
    if not here:
        lowest = next(level for level in reversed(LEVELS.values()) if level.name in levels)
        raise NoneHereError(f"those of the package need a processor with {', '.join(sorted(lowest.needs))}")
    return [Prebuilt(name, _verified(levels[name]), levels[name][1]) for name in here]


def _manifest() -> tuple[tuple[str, str], dict[str, tuple[str, str]]]:
    """Names and hashes: of the library that knows the processor, and of each level's."""
    path = FOLDER / MANIFEST
    try:
        _require_ours(path)
        known = read_json_object(path)
        levels = {level: _file(known["levels"][level]) for level in LEVELS if level in known["levels"]}
        if not levels:
            raise ValueError("it names no level")
        return _file(known["processor"]), levels
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise UnusableError(f"{path} cannot be used: {error}") from error


def _file(entry: Mapping[str, str]) -> tuple[str, str]:
    name, sha256 = entry["file"], entry["sha256"]
    if Path(name).name != name:
        raise ValueError(f"{name} is no name of a file")
    return name, sha256


def _verified(file: tuple[str, str]) -> Path:
    """UnusableError where it is not what was put into the wheel, or another user could have written it."""
    name, sha256 = file
    path = FOLDER / name
    try:
        _require_ours(path)
        if sha256_of(path) != sha256:
            raise ValueError("its SHA-256 differs")
    except (OSError, ValueError) as error:
        raise UnusableError(f"{path} is not what came with the package ({error}); install it anew") from error
    return path


def _require_ours(path: Path) -> None:
    """Raises ValueError where others can write to it, or own it, than can write to this module."""
    if os.name != "posix":  # who may write is not said by these numbers there
        return
    status, own = path.lstat(), Path(__file__).stat()
    if status.st_uid not in (own.st_uid, 0, os.geteuid()) or status.st_mode & _OTHERS_WRITE & ~own.st_mode:
        raise ValueError("another user could have written it")


@functools.cache
def _features(processor: Path) -> frozenset[str]:
    """Of this processor, as the system lets us use it. Raises OSError where the library is for another system."""
    library = ctypes.CDLL(str(processor))
    library.features.restype = ctypes.c_char_p
    return frozenset(library.features().decode().split())
