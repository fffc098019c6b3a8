"""Where compiled kernels are kept between runs: a library, and beside it what is known of it. Of those that came with the package it is
only kept whether they have passed their self-test on this machine.

A library is code that this process runs. So it is taken only from a folder that nobody else can write to, and only if it is,
byte for byte, what was compiled; anything else is compiled anew.
"""

import contextlib
import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import gettempdir
from typing import NamedTuple

from pocket_narrator.files.atomic import atomic_path
from pocket_narrator.files.hashed_file import sha256_of
from pocket_narrator.files.json_file import find_json_object, read_json_object, say_on_stderr, write_json_object
from pocket_narrator.models.kernels.binding.machine import machine

_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
SUFFIX = ".so"


class UnusableError(OSError):
    """A folder or file that must not, or cannot, be used."""


class Kept(NamedTuple):
    """A library that is what was compiled."""

    path: Path
    sha256: str
    failures: str | None  # what its self-test found on this machine; empty: it passed; none: it has not been tested
    record: Path | None  # what is known of it; none where no folder can be written to


def folders() -> tuple[list[Path], list[str]]:
    """The folders that come into question, the user's cache first; and why there is no such cache, where there is none."""
    found, reasons = [], []
    if os.name == "nt":
        local = os.environ.get("LOCALAPPDATA", "")
        return ([Path(local) / "pocket-narrator"], []) if os.path.isabs(local) else ([], ["LOCALAPPDATA is not set"])
    base = os.environ.get("XDG_CACHE_HOME", "")
    if os.path.isabs(base):  # a relative one is to be ignored, its specification says
        found.append(Path(base) / "pocket-narrator")
    else:
        try:
            found.append(Path.home() / ".cache" / "pocket-narrator")
        except RuntimeError:
            reasons.append("this user has no home folder, and XDG_CACHE_HOME is not set")
    try:
        found.append(Path(gettempdir()) / f"pocket-narrator-{os.geteuid()}")
    except OSError as error:
        reasons.append(str(error.strerror or error))
    return found, reasons


def require_private(folder: Path) -> None:
    """Makes `folder` for this user alone. Raises OSError where that cannot be, UnusableError where it is another user's."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    if not os.path.lexists(folder):
        folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.stat()
    if not stat.S_ISDIR(status.st_mode):
        raise UnusableError(f"{folder} is no folder")
    if os.name == "nt":  # a user's own folders are closed to others there
        return
    if {status.st_uid, folder.lstat().st_uid} != {os.geteuid()}:
        say_on_stderr(f"compiled kernels are not taken from {folder}: it belongs to another user")
        raise UnusableError(f"{folder} belongs to another user")
    if status.st_mode & _OTHERS_WRITE:
        folder.chmod(0o700)
        if folder.stat().st_mode & _OTHERS_WRITE:
            say_on_stderr(f"compiled kernels are not taken from {folder}: others can write to it")
            raise UnusableError(f"others can write to {folder}")
        for path in folder.glob("native-*"):
            path.unlink()
        say_on_stderr(f"others could write to {folder}: it is closed to them now, and its kernels are compiled anew")


def find(path: Path) -> Kept | None:
    """The library at `path`; None where there is none, and where it is not what was compiled, which is said."""
    if not os.path.lexists(path):
        return None
    try:
        status = path.lstat()
        if os.name == "posix" and (status.st_uid != os.geteuid() or status.st_mode & _OTHERS_WRITE):
            raise ValueError("another user could have written it")
        record = path.with_suffix(".json")
        about, sha256 = read_json_object(record), sha256_of(path)
        if about.get("sha256") != sha256:
            raise ValueError("its SHA-256 differs")
        failures = _verdict(about)
    except (OSError, ValueError) as error:
        say_on_stderr(f"the kernels in {path} are not what was compiled ({error}): they are not used")
        return None
    return Kept(path, sha256, failures, record)


def find_compiled(sha256: str) -> Kept | None:
    """A library with that hash, compiled here before; None where there is none, or one of another machine that shares the folder."""
    for folder in folders()[0]:
        for record in _records(folder):
            about = find_json_object(record)
            if about is not None and about.get("sha256") == sha256 and about.get("machine") == machine():
                return find(record.with_suffix(SUFFIX))
    return None


def forget_verdicts() -> None:
    """Every library is tested again when it is next used on this machine."""
    for folder in folders()[0]:
        for record in _records(folder):
            about = find_json_object(record)
            if about is not None and about.get("machine") == machine():
                with contextlib.suppress(OSError):  # a cache that cannot be written keeps what it knows
                    write_json_object(record, {**about, "failures": None})


def _records(folder: Path) -> list[Path]:
    """What is known of libraries, in a folder that can be used."""
    if not folder.is_dir():
        return []
    try:
        require_private(folder)
    except OSError:
        return []
    return sorted(folder.glob("native-*.json"))


def with_verdict(path: Path, sha256: str) -> Kept:
    """A library that lies elsewhere, with what its self-test found on this machine."""
    for folder in folders()[0]:
        try:
            require_private(folder)
            record = folder / f"native-{path.stem}-{sha256[:12]}-{machine()}.json"
            about = find_json_object(record) or {}
            return Kept(path, sha256, _verdict(about) if about.get("sha256") == sha256 else None, record)
        except (OSError, ValueError):
            continue
    return Kept(path, sha256, None, None)


def _verdict(about: Mapping[str, object]) -> str | None:
    """What a self-test found on this machine. Raises ValueError."""
    failures = about.get("failures")
    if not isinstance(failures, str | None):
        raise ValueError("what is known of it is damaged")
    return failures if about.get("machine") == machine() else None


def keep(path: Path, compile_to: Callable[[Path], object]) -> Kept:
    """Has a library compiled, to be kept at `path`. Raises OSError, and what `compile_to` raises."""
    if path.is_dir() and not path.is_symlink():
        raise UnusableError(f"{path} is a folder")
    with atomic_path(path) as compiled:
        compile_to(compiled)
        compiled.chmod(0o700)
        kept = Kept(path, sha256_of(compiled), None, path.with_suffix(".json"))
    remember(kept)
    return kept


def remember(kept: Kept) -> None:
    """Writes down what is known of it, where there is a place for that. Raises OSError."""
    if kept.record is not None:
        write_json_object(kept.record, {"sha256": kept.sha256, "failures": kept.failures, "machine": machine()})
