"""Append-only records, one JSON object a line, that survive a crash and can be wound back to a checkpoint.

Every line ends with a checksum of itself, `"crc": "0a1b2c3d"`: CRC-32 of the file's name, a line end and the line without it.
Lines of older versions have none.
"""

import errno
import json
import math
import os
import re
import zlib
from collections.abc import Callable, Iterator
from io import FileIO
from pathlib import Path
from typing import BinaryIO

from pocket_narrator.errors import RunError
from pocket_narrator.files.atomic import atomic_writer
from pocket_narrator.files.json_file import say_on_stderr
from pocket_narrator.files.plain_file import NoPlainFileError, open_plain, open_to_append

CRC = "crc"
LONGEST_LINE = 4 << 20  # bytes; a record has some hundred, and one with a story some thousand
_CRC = re.compile(rb', "crc": "([0-9a-f]{8})"\}\n\Z')
Report = Callable[[str], object]


class JsonLines:
    """Appends to `path`; every line is handed to the operating system at once, so a killed process loses none."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stream: FileIO | None = None
        self._count: int | None = None  # of whole lines; none: not known yet

    def append(self, record: dict) -> None:
        """Adds one line. Numbers that JSON does not have (NaN, infinity) become null. Raises RunError if the disk is full."""
        assert CRC not in record
        text = json.dumps({key: _finite(value) for key, value in record.items()}, ensure_ascii=False, allow_nan=False)
        # A lone surrogate becomes the escape that JSON has for it.
        line = _with_crc(self.path.name, text.encode("utf-8", "backslashreplace"))
        try:
            self._stream = self._stream or open_to_append(self.path)
            if self._stream.write(line) != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            is_other = isinstance(error, NoPlainFileError)
            remedy = f"move {self.path.name} out of the run" if is_other else "see to the disk"
            raise RunError(
                f"cannot write {self.path.name}: {error.strerror or error}",
                where=str(self.path),
                hint=f"{remedy}, then run the same command again: the run goes on from its newest checkpoint",
            ) from error
        if self._count is not None:
            self._count += 1

    def count(self) -> int:
        """How many whole lines there are."""
        if self._count is None:
            self._count = sum(1 for _ in read_json_lines(self.path, report=lambda _: None))
        return self._count

    def truncate_after(self, step: int | None, report: Report = lambda _: None) -> int:
        """Drops the records after `step` (all of them for None) and torn lines; returns how many lines went. Damaged lines
        that no crash explains, being followed by others, are reported."""
        self.close()
        self._count = None
        if not os.path.lexists(self.path):
            return 0
        kept, damaged, lines = 0, [], 0
        for lines, (_, keep, is_whole) in enumerate(self._judged(step), start=1):
            kept += keep
            damaged += [] if is_whole else [lines]
        for number in damaged:
            if number != lines and step is not None:
                report(f"{self.path}:{number}: a damaged line is taken out")
        if kept != lines:
            with atomic_writer(self.path, binary=True) as stream:
                for line, keep, _ in self._judged(step):
                    if keep:
                        stream.write(line)
        self._count = kept
        return lines - kept

    def _judged(self, step: int | None) -> Iterator[tuple[bytes, bool, bool]]:
        """Each line, whether it is kept, and whether it is whole."""
        with open_plain(self.path) as stream:
            for line in _lines(stream):
                record = _parse(self.path.name, line)
                yield line, record is not None and step is not None and record["step"] <= step, record is not None

    def close(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None


def read_json_lines(path: Path, report: Report = say_on_stderr) -> Iterator[dict]:
    """The records in `path`, none if it does not exist; lines that a crash or a hand has damaged are reported, and so is a
    file that cannot be read."""
    try:
        with open_plain(path) as stream:
            for number, line in enumerate(_lines(stream), start=1):
                record = _parse(path.name, line)
                if record is None:
                    report(f"{path}:{number}: a damaged line is passed over")
                else:
                    yield record
    except FileNotFoundError:
        return
    except OSError as error:
        report(f"{path} is passed over: {error.strerror or error}")


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """The lines; of one that is too long to be a record only the beginning, which is none."""
    while line := stream.readline(LONGEST_LINE):
        rest = line
        while len(rest) == LONGEST_LINE and not rest.endswith(b"\n"):
            rest = stream.readline(LONGEST_LINE)
        yield line


def _with_crc(name: str, text: bytes) -> bytes:
    return text[:-1] + f', "{CRC}": "{_crc(name, text)}"}}\n'.encode()


def _crc(name: str, text: bytes) -> str:
    return f"{zlib.crc32(text, zlib.crc32(os.fsencode(name) + bytes([10]))):08x}"


def _parse(name: str, line: bytes) -> dict | None:
    """One record with an integer `step`; None for a torn, damaged or foreign line."""
    try:
        record = json.loads(line, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    if not line.endswith(b"\n") or not isinstance(record, dict) or type(record.get("step")) is not int:
        return None
    if record.pop(CRC, None) is not None:
        found = _CRC.search(line)
        if found is None or found[1].decode() != _crc(name, line[: found.start()] + b"}"):
            return None
    return record


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is no JSON number")


def _finite(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value
