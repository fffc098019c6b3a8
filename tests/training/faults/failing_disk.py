"""A disk that fails on demand: the nth call that changes something raises, everything before it really happens."""

import builtins
import io
import os
from collections import Counter
from types import TracebackType

CHANGES = ("fsync", "rename", "replace", "mkdir", "open", "unlink", "rmdir")


class FailingDisk:
    """`with FailingDisk(n, errno.ENOSPC) as disk: ...` fails call n (from 1), or with `stays=True` every one from n on.

    With `number=None` nothing fails but the nth write stops halfway, which an operating system may do at any time.
    `calls` says how many calls of each kind there were, `hit` whether the nth was reached.
    """

    def __init__(self, nth: int, number: int | None, stays: bool = False) -> None:
        self.calls: Counter[str] = Counter()
        self.hit = False
        self._nth, self._number, self._stays = nth, number, stays
        self._real: dict[str, object] = {}

    def __enter__(self) -> "FailingDisk":
        self._real = {name: getattr(os, name) for name in CHANGES}
        self._real_open = builtins.open
        for name, real in self._real.items():
            setattr(os, name, self._wrap(name, real))
        builtins.open = self._open  # type: ignore[assignment]
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for name, real in self._real.items():
            setattr(os, name, real)
        builtins.open = self._real_open

    def count(self, name: str) -> bool:
        """Counts one call; raises or says True if it is the one to fail."""
        self.calls[name] += 1
        now = self.calls.total()
        due = now == self._nth or (self._stays and now > self._nth and name in ("write", "mkdir", "fsync", "open"))
        self.hit |= due
        if due and self._number is not None:
            raise OSError(self._number, os.strerror(self._number))
        return due

    def _wrap(self, name: str, real):
        def call(*arguments, **options):
            self.count(name)
            return real(*arguments, **options)

        return call

    def _open(self, file, mode="r", buffering=-1, encoding=None, errors=None, newline=None, **options):
        if not set(mode) & set("wax+"):
            return self._real_open(file, mode, buffering, encoding, errors, newline, **options)
        self.count("open")
        raw = _FailingFile(file, mode.replace("b", "").replace("t", ""))
        raw.disk = self
        stream = io.BufferedWriter(raw)
        return stream if "b" in mode else io.TextIOWrapper(stream, encoding, errors, newline)


class _FailingFile(io.FileIO):
    disk: FailingDisk

    def write(self, data, /) -> int:
        if self.disk.count("write"):
            view = memoryview(data).cast("B")
            return super().write(view[: max(1, len(view) // 2)])
        return super().write(data)
