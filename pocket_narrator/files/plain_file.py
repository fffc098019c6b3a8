"""Plain files: whatever else stands under a name (a pipe, a device, a folder) is refused at once, and never waited for."""

import errno
import os
import stat
from io import BufferedReader, FileIO
from pathlib import Path

# Each is 0 where the system has no such thing. A pipe that nobody writes to would hold an ordinary `open` up for ever.
_AT_ONCE = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFLNK: "a link",
}


class NoPlainFileError(OSError):
    """Something else stands where a plain file is expected."""

    def __init__(self, path: str | Path, mode: int) -> None:
        kind = _KINDS.get(stat.S_IFMT(mode), "something else")
        number = errno.EISDIR if stat.S_ISDIR(mode) else errno.EPERM
        super().__init__(number, f"it is {kind}, where a plain file is expected", str(path))

    def __str__(self) -> str:
        return str(self.strerror)


def open_plain(path: str | Path) -> BufferedReader:
    """Opens a file for reading; a link to one is followed. Raises OSError as `open` does, NoPlainFileError for anything else."""
    try:
        status = os.stat(path)  # first, since to open a device may do something
    except FileNotFoundError:
        if os.path.islink(path):  # somebody has put it there: not the same as nothing
            raise NoPlainFileError(path, stat.S_IFLNK) from None
        raise
    _require(status, path)
    descriptor = os.open(path, os.O_RDONLY | _AT_ONCE)
    return os.fdopen(_checked(descriptor, path), "rb")


def read_plain(path: str | Path) -> bytes:
    """All bytes of a file. Raises as `open_plain` does."""
    with open_plain(path) as stream:
        return stream.read()


def open_own(path: Path, *, append: bool = False) -> int:
    """A descriptor for reading and writing a file of ours, made where there is none. A link is not followed: what it points
    to is not ours to write to. Raises OSError and NoPlainFileError."""
    if path.is_symlink() or path.exists():
        _require(os.lstat(path), path)
    flags = os.O_RDWR | os.O_CREAT | (os.O_APPEND if append else 0) | _NO_LINK | _AT_ONCE
    return _checked(os.open(path, flags, 0o644), path)


def open_to_append(path: Path) -> FileIO:
    """A file of ours to add to, unbuffered. Raises as `open_own` does."""
    return FileIO(open_own(path, append=True), "ab")


def _checked(descriptor: int, path: str | Path) -> int:
    try:
        _require(os.fstat(descriptor), path)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _require(status: os.stat_result, path: str | Path) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise NoPlainFileError(path, status.st_mode)
