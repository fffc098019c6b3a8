"""Which kernels a process uses: those that the machine's own compiler makes of the sources, else those that came with the package for
processors of this level, else none, and torch does their work."""

import contextlib
import os
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

from pocket_narrator.errors import NarratorError
from pocket_narrator.models.kernels.binding import compiling, library_cache, prebuilt
from pocket_narrator.models.kernels.binding.levels import LEVELS
from pocket_narrator.models.kernels.binding.library import Library
from pocket_narrator.models.kernels.binding.library_cache import Kept
from pocket_narrator.models.kernels.binding.self_testing import failures_of

WISH = "POCKET_NARRATOR_KERNELS"  # in the environment: one of WISHES
TORCH, COMPILED = "torch", "compiled"
WISHES = (TORCH, COMPILED, *LEVELS)


class Loaded(NamedTuple):
    library: Library | None
    name: str  # the level, or the compiler; or TORCH
    message: str  # one line for people
    kept: Kept | None = None  # the file that it was loaded from


class _Candidate(NamedTuple):
    name: str
    label: str
    kept: Kept
    renew: Callable[[], Kept] | None = None  # makes it again, where it cannot be opened


class _Reasons:
    """Why there is none better."""

    def __init__(self) -> None:
        self.all: list[str] = []
        self.faults: list[str] = []  # those of them that are of something that is here, and wrong

    def lacking(self, what: str) -> None:
        self.all.append(what)

    def fault(self, what: str) -> None:
        self.all.append(what)
        self.faults.append(what)


def choose() -> Loaded:
    """The first that can be had and passes its self-test. Raises NarratorError where the environment names no kernels."""
    wish = os.environ.get(WISH, "")
    if wish == TORCH:
        return Loaded(None, TORCH, f"torch kernels ({WISH}={TORCH})")
    if wish and wish not in WISHES:
        raise NarratorError(f"{WISH} names no kernels", expected=", ".join(WISHES), found=wish)
    reasons = _Reasons()
    for source in [_compiled] if wish == COMPILED else [_prebuilt] if wish else [_compiled, _prebuilt]:
        for candidate in source(reasons):
            if wish in ("", COMPILED, candidate.name):
                found = _try(candidate, reasons)
                if found is not None:
                    return found
    if wish in LEVELS and not reasons.all:
        reasons.lacking(f"none here are for {wish}, or it is more than this processor has")
    return Loaded(None, TORCH, f"torch kernels: {'; '.join(reasons.all)}")


def find(sha256: str) -> Loaded | None:
    """The library with that hash, where this machine has it and it works."""
    reasons = _Reasons()
    kept = library_cache.find_compiled(sha256)
    if kept is not None:
        return _try(_Candidate(COMPILED, "C kernels compiled here before", kept), reasons)
    for candidate in _prebuilt(reasons):
        if candidate.kept.sha256 == sha256:
            return _try(candidate, reasons)
    return None


def _compiled(reasons: _Reasons) -> list[_Candidate]:
    """Made by this machine's compiler, kept in the first folder that can be used."""
    try:
        compiler = compiling.find_compiler()
        if compiler is None:
            reasons.lacking("no C compiler found (install gcc or clang, or set CC)")
            return []
        return _kept(compiler, reasons)
    except (OSError, subprocess.SubprocessError) as error:
        reasons.fault(f"the C compiler failed ({_last_line(error)})")
        return []


def _kept(compiler: str, reasons: _Reasons) -> list[_Candidate]:
    """Raises SubprocessError, and OSError of the compiler."""
    name = compiling.file_name(compiler)
    folders, refused = library_cache.folders()
    for folder in folders:
        path = folder / name
        try:
            library_cache.require_private(folder)
            kept = library_cache.find(path) or compiling.compiled(compiler, path)
        except OSError as error:
            if error.filename == compiler:
                raise
            refused.append(f"{folder}: {error.strerror}" if error.strerror else str(error))
            continue
        where = f", kept in {folder} ({'; '.join(refused)})" if refused else ""
        label = f"C kernels compiled by {Path(compiler).name}{where}"
        # Another system that shares the folder may have made it, or another version of the sources.
        return [_Candidate(Path(compiler).name, label, kept, partial(compiling.compiled, compiler, path))]
    reasons.fault(f"there is no folder to keep compiled ones in ({'; '.join(refused)})")
    return []


def _prebuilt(reasons: _Reasons) -> Iterator[_Candidate]:
    """Those that came with the package, the best level first. What is known of one is looked for when its turn comes: a folder that must
    not be used is told of each time."""
    try:
        found = prebuilt.find()
    except prebuilt.NoneHereError as error:
        reasons.lacking(str(error))
        return
    except OSError as error:
        reasons.fault(str(error))
        return
    for one in found:
        kept = library_cache.with_verdict(one.path, one.sha256)
        yield _Candidate(one.level, f"prebuilt C kernels for {one.level}", kept)


def _try(candidate: _Candidate, reasons: _Reasons) -> Loaded | None:
    """Opened, and tested where that has not been done on this machine. None where it is wrong, which `reasons` say then."""
    try:
        library, kept = _open(candidate)
    except (OSError, subprocess.SubprocessError) as error:
        reasons.fault(f"{candidate.label} cannot be opened ({_last_line(error)})")
        return None
    if kept.failures is None:
        try:
            kept = kept._replace(failures=failures_of(kept.path))
        except (OSError, subprocess.SubprocessError) as error:  # says nothing of the library: tried again next time
            reasons.fault(f"the self-test of {candidate.label} did not come to its end ({error})")
            return None
        with contextlib.suppress(OSError):  # a cache that cannot be written only costs another test
            library_cache.remember(kept)
    if kept.failures:
        reasons.fault(f"{candidate.label} failed their self-test ({kept.failures})")
        return None
    said = f" ({'; '.join(reasons.faults)})" if reasons.faults else ""
    return Loaded(library, candidate.name, candidate.label + said, kept)


def _open(candidate: _Candidate) -> tuple[Library, Kept]:
    """Raises OSError and SubprocessError."""
    try:
        return Library(str(candidate.kept.path)), candidate.kept
    except OSError:
        if candidate.renew is None:
            raise
    kept = candidate.renew()
    return Library(str(kept.path)), kept


def _last_line(error: OSError | subprocess.SubprocessError) -> str:
    lines = (getattr(error, "stderr", None) or str(error)).strip().splitlines()
    return lines[-1] if lines else str(error)
