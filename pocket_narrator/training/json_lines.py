"""Append-only records, one JSON object a line, that survive a crash and can be wound back to a checkpoint."""

import errno
import json
import math
import os
from collections.abc import Callable, Iterator
from io import FileIO
from pathlib import Path

from pocket_narrator.atomic import atomic_writer
from pocket_narrator.errors import RunError


class JsonLines:
    """Appends to `path`; every line is handed to the operating system at once, so a killed process loses none."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stream: FileIO | None = None

    def append(self, record: dict) -> None:
        """Adds one line. Numbers that JSON does not have (NaN, infinity) become null. Raises RunError if the disk is full."""
        text = json.dumps({key: _finite(value) for key, value in record.items()}, ensure_ascii=False, allow_nan=False)
        line = (text + "\n").encode(
            "utf-8", "backslashreplace"
        )  # a lone surrogate becomes the escape that JSON has for it
        try:
            self._stream = self._stream or FileIO(self.path, "ab")
            if self._stream.write(line) != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            raise RunError(
                f"cannot write {self.path.name}: {error.strerror or error}",
                where=str(self.path),
                hint="see to the disk, then run the same command again: the run goes on from its newest checkpoint",
            ) from error

    def wind_back(self, step: int | None) -> int:
        """Drops the records after `step` (all of them for None) and torn lines; returns how many lines went."""
        self.close()
        if not self.path.exists():
            return 0
        dropped = sum(not keep for _, keep in self._judged(step))
        if dropped:
            with atomic_writer(self.path, binary=True) as stream:
                for line, keep in self._judged(step):
                    if keep:
                        stream.write(line)
        return dropped

    def _judged(self, step: int | None) -> Iterator[tuple[bytes, bool]]:
        with open(self.path, "rb") as stream:
            for line in stream:
                record = _parse(line)
                yield line, record is not None and step is not None and record["step"] <= step

    def close(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None


def read_json_lines(path: Path, report: Callable[[str], object] = print) -> Iterator[dict]:
    """The records in `path`, none if it does not exist; lines that a crash or a hand has damaged are reported."""
    if not path.exists():
        return
    with open(path, "rb") as stream:
        for number, line in enumerate(stream, start=1):
            record = _parse(line)
            if record is None:
                report(f"{path}:{number}: a damaged line is passed over")
            else:
                yield record


def _parse(line: bytes) -> dict | None:
    """One record with an integer `step`; None for a torn or foreign line."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    whole = line.endswith(b"\n") and isinstance(record, dict) and type(record.get("step")) is int
    return record if whole else None


def _finite(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value
