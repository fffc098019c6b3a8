"""Temporary files and folders, and what killed commands have left of them.

A temporary stands beside its target as `.TARGET.tmp-PROCESS-RANDOM`, and is locked as long as somebody writes it. It is a
leftover if no process of that number runs here and nobody holds the lock. The number alone could be that of another machine
or container that shares the disk; a lock alone is not held by every program that writes for us.
"""

import os
import re
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_NAME = re.compile(r"\.(?P<target>.+)\.(?P<kind>tmp|old)-(?P<process>\d{1,10})-[0-9a-f]+")
_held: set[str] = set()  # names of what this process is writing
_swept: dict[
    str, int
] = {}  # by folder: when it had last changed, after this process had looked through it or written there


def temporary_name(target: Path) -> Path:
    """A name beside `target` that no other process uses."""
    return target.with_name(f".{target.name}.tmp-{os.getpid()}-{uuid.uuid4().hex[:8]}")


def is_temporary(path: Path) -> bool:
    """Whether the name is that of something temporary."""
    return _NAME.fullmatch(path.name) is not None


def set_aside_name(path: Path) -> str | None:
    """The name that a folder had before its writer set it aside and died, or None for any other path."""
    match = _NAME.fullmatch(path.name)
    return match["target"] if match and match["kind"] == "old" else None


@contextmanager
def held(temporary: Path) -> Iterator[None]:
    """For as long as it is written, tells others that a temporary file or folder, which exists, is no leftover."""
    _held.add(temporary.name)
    descriptor = _lock(temporary)
    try:
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)
        _held.discard(temporary.name)


def sweep(folder: Path) -> None:
    """Removes what dead writers have left in `folder`, and brings back what one of them had set aside."""
    with suppress(OSError):
        for path in sorted(folder.iterdir()):
            if is_temporary(path) and _is_left_over(path):
                take_back_or_remove(path)


@contextmanager
def swept(folder: Path) -> Iterator[None]:
    """For writers that come to a folder many times: `sweep`, unless nobody else has written there since they came last."""
    key = os.path.abspath(folder)
    if _swept.get(key) != os.stat(folder).st_mtime_ns:
        sweep(folder)
    yield
    with suppress(OSError):  # the folder itself may have gone
        _swept[key] = os.stat(folder).st_mtime_ns


def take_back_or_remove(path: Path) -> None:
    """For the temporary of a dead writer. What cannot be removed stays."""
    name = set_aside_name(path)
    if name is not None and not path.with_name(name).exists():
        os.rename(path, path.with_name(name))
    elif path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()


def _is_left_over(path: Path) -> bool:
    match = _NAME.fullmatch(path.name)
    assert match is not None
    process = int(match["process"])
    if os.name == "nt":  # there an open file cannot be removed, and nothing tells whether a folder is being filled
        return not path.is_dir()
    if path.name in _held or (process != os.getpid() and _is_running(process)):
        return False
    return _is_locked(path) is False


def clean_up(folder: Path) -> None:
    """`sweep` for a folder that has one writer (a run's lock sees to it): whatever nobody holds was left by the dead."""
    for path in sorted(folder.iterdir()):
        if is_temporary(path) and path.name not in _held and not _is_locked(path):
            take_back_or_remove(path)


if os.name == "nt":

    def _lock(path: Path) -> int | None:
        return None

    def _is_locked(path: Path) -> bool | None:
        return False

    def _is_running(process: int) -> bool:
        return False

else:
    import fcntl

    def _lock(path: Path) -> int | None:
        """A locked descriptor; None where the file system has no locks: the process's number has to do."""
        try:
            return _lock_or_fail(path)
        except OSError:
            return None

    def _lock_or_fail(path: Path) -> int:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    def _is_locked(path: Path) -> bool | None:
        """None where the file system does not say."""
        if path.is_symlink():
            return False  # nobody writes a link
        try:
            descriptor = _lock_or_fail(path)
        except BlockingIOError:
            return True
        except OSError:
            return None
        os.close(descriptor)
        return False

    def _is_running(process: int) -> bool:
        """Also where the process is another user's; one that has died and waits to be collected does not run."""
        try:
            os.kill(process, 0)
        except (ProcessLookupError, OverflowError):
            return False
        except PermissionError:
            return True
        try:
            state = Path(f"/proc/{process}/stat").read_bytes().rpartition(b")")[2].split()[0]
        except (OSError, IndexError):
            return True
        return state not in (b"Z", b"X")
