"""One writer a run directory: a lock that the operating system gives back when its holder dies, however it dies.

The file also says who holds it (process, host, since when), for the message to whoever comes second. A lock of the
operating system needs no guess whether a process number found in a file still means the same process.
"""

import errno
import json
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path

from pocket_narrator.errors import RunError
from pocket_narrator.files.plain_file import NoPlainFileError, open_own

LOCK = ".lock"
_UNSUPPORTED = {errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}


class RunLock:
    """Held from construction to `release`. Raises RunError if another process, or another object in this one, has it."""

    def __init__(self, folder: Path, report: Callable[[str], object] = print) -> None:
        path = folder / LOCK
        try:
            self._descriptor: int | None = open_own(path)
        except NoPlainFileError as error:
            raise _no_lock(path, str(error)) from None
        if not _is_ours(self._descriptor):
            os.close(self._descriptor)
            raise _no_lock(path, "another file has this name, too")
        try:
            _lock(self._descriptor)
        except OSError as error:
            if error.errno in _UNSUPPORTED:
                report(f"{folder} lies on a file system without locks; take care that only one process trains there")
                return
            holder = _holder(self._descriptor)
            os.close(self._descriptor)
            raise RunError(
                f"another process is training in this run directory ({holder})",
                where=str(folder),
                hint="wait for it or stop it, or start another run with name=...",
            ) from error
        since = time.strftime("%Y-%m-%d %H:%M:%S")
        self._describe(json.dumps({"process": os.getpid(), "host": socket.gethostname(), "since": since}))

    def release(self) -> None:
        """Gives the lock back; once is enough and twice does no harm."""
        if self._descriptor is None:
            return
        try:
            self._describe("")
        finally:
            os.close(self._descriptor)
            self._descriptor = None

    def _describe(self, text: str) -> None:
        assert self._descriptor is not None
        os.ftruncate(self._descriptor, 0)
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        os.write(self._descriptor, text.encode())


def _no_lock(path: Path, why: str) -> RunError:
    return RunError(f"{path.name} is no lock: {why}", where=str(path), hint=f"move {path.name} out of the run")


def _is_ours(descriptor: int) -> bool:
    """Whether nothing is lost with what it holds: it has no other name, or is empty, or says who holds it."""
    status = os.fstat(descriptor)
    os.lseek(descriptor, 0, os.SEEK_SET)
    text = os.read(descriptor, 1000)
    return status.st_nlink < 2 or status.st_size == 0 or (status.st_size < 1000 and text.startswith(b'{"process"'))


def _holder(descriptor: int) -> str:
    os.lseek(descriptor, 0, os.SEEK_SET)
    try:
        holder = json.loads(os.read(descriptor, 1000))
        return f"process {holder['process']} on {holder['host']} since {holder['since']}"
    except (ValueError, KeyError, TypeError):
        return "it does not say which"


if os.name == "nt":
    import msvcrt

    _FAR_AWAY = 2**30  # Windows forbids reading what is locked, so the locked byte is not one of the text

    def _lock(descriptor: int) -> None:
        os.lseek(descriptor, _FAR_AWAY, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
