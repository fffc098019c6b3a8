"""Where compiled kernels are kept between runs: a library, and beside it what is known of it.

A library is code that this process runs. So it is taken only from a folder that nobody else can write to, and only if it is,
byte for byte, what was compiled; anything else is compiled anew.
"""

import os
import stat
from collections.abc import Callable
from pathlib import Path
from tempfile import gettempdir
from typing import NamedTuple

from pocket_narrator.files.atomic import atomic_path
from pocket_narrator.files.hashed_file import sha256_of
from pocket_narrator.files.json_file import read_json_object, say_on_stderr, write_json_object

_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


class UnusableError(OSError):
    """A folder or file that must not, or cannot, be used."""


class Kept(NamedTuple):
    """A library that is what was compiled."""

    path: Path
    sha256: str
    failures: str | None  # what its self-test found; empty: it passed; none: it has not been tested


def folders() -> tuple[list[Path], list[str]]:
    """The folders that come into question, the user's cache first; and why there is no such cache, where there is none."""
    found, reasons = [], []
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
        if status.st_uid != os.geteuid() or status.st_mode & _OTHERS_WRITE:
            raise ValueError("another user could have written it")
        about = read_json_object(_about(path))
        sha256, failures = sha256_of(path), about.get("failures")
        if about.get("sha256") != sha256:
            raise ValueError("its SHA-256 differs")
        if not isinstance(failures, str | None):
            raise ValueError("what is known of it is damaged")
    except (OSError, ValueError) as error:
        say_on_stderr(f"the kernels in {path} are not what was compiled ({error}); compiling them again")
        return None
    return Kept(path, sha256, failures)


def keep(path: Path, compile_to: Callable[[Path], object]) -> Kept:
    """Has a library compiled, to be kept at `path`. Raises OSError, and what `compile_to` raises."""
    if path.is_dir() and not path.is_symlink():
        raise UnusableError(f"{path} is a folder")
    with atomic_path(path) as compiled:
        compile_to(compiled)
        compiled.chmod(0o700)
        kept = Kept(path, sha256_of(compiled), None)
    remember(kept)
    return kept


def remember(kept: Kept) -> None:
    """Writes down what is known of it. Raises OSError."""
    write_json_object(_about(kept.path), {"sha256": kept.sha256, "failures": kept.failures})


def _about(path: Path) -> Path:
    return path.with_suffix(".json")
