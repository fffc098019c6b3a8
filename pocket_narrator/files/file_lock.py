"""One process at a time at a shared place; whoever comes second waits.

The lock is the operating system's: it goes with its holder, however that dies, and no time has to be guessed after which a
holder counts as dead. The file also says who holds it, for the line that the waiting ones print.
"""

import errno
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

LOCK = ".lock"
UNSUPPORTED = {errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}
_LONGEST_NUMBER = 20  # characters of a process id


@contextmanager
def one_at_a_time(path: Path, what: str) -> Iterator[None]:
    """Holds the lock file `path`, whose folder is made if need be; the file is gone afterwards.

    Whoever has to wait says so on stderr: "waiting for another command that WHAT (pid 123)". Not for nested use: a process
    that holds the lock would wait for itself. Raises OSError where the file cannot be written.
    """
    descriptor = _acquire(path, what)
    try:
        yield
    finally:
        _release(descriptor, path)


def _acquire(path: Path, what: str) -> int:
    is_said = False
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o644)
        try:
            if not _lock_now(descriptor):
                if not is_said:
                    print(
                        f"waiting for another command that {what} ({_holder(descriptor)})", file=sys.stderr, flush=True
                    )
                    is_said = True
                _wait_and_lock(descriptor)
            if _is_the_file(descriptor, path):
                with suppress(OSError):  # a full disk: only who waits would have read it
                    _write_holder(descriptor)
                return descriptor
        except OSError as error:
            if error.errno in UNSUPPORTED:
                print(
                    f"{path.parent}: this file system has no locks; see that only one command {what}", file=sys.stderr
                )
                return descriptor
            os.close(descriptor)
            raise
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)  # the file of a holder that is done: the next one is another file


def _release(descriptor: int, path: Path) -> None:
    if os.name != "nt" and _is_the_file(descriptor, path):  # while it is locked: nobody else can hold this name
        with suppress(OSError):
            path.unlink()
    os.close(descriptor)
    if os.name == "nt":  # which removes no file that is open, here or in a process that waits
        with suppress(OSError):
            path.unlink()


def _is_the_file(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path, follow_symlinks=False))
    except FileNotFoundError:
        return False


def _write_holder(descriptor: int) -> None:
    os.ftruncate(descriptor, 0)
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.write(descriptor, str(os.getpid()).encode())


def _holder(descriptor: int) -> str:
    os.lseek(descriptor, 0, os.SEEK_SET)
    number = os.read(descriptor, _LONGEST_NUMBER)
    return f"pid {number.decode()}" if number.isdigit() else "it has only just begun"


if os.name == "nt":
    import msvcrt

    _FAR_AWAY = 2**30  # Windows forbids reading what is locked, so the locked byte is not one of the text
    _BETWEEN_TRIES_S = 0.1

    def _lock_now(descriptor: int) -> bool:
        os.lseek(descriptor, _FAR_AWAY, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EDEADLK):
                raise
            return False
        return True

    def _wait_and_lock(descriptor: int) -> None:
        while not _lock_now(descriptor):
            time.sleep(_BETWEEN_TRIES_S)

else:
    import fcntl

    def _lock_now(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _wait_and_lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
