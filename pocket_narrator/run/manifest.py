"""The manifest of a checkpoint: which files were saved, how long they are, and their SHA-256.

Everything in the manifest is either compared with something (format, step, file names, lengths, hashes) or fixed (its
spelling is canonical), so that no single changed byte goes unnoticed.
"""

import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pocket_narrator.errors import CheckpointError
from pocket_narrator.files.json_file import SIZE_LIMIT, dump_json, parse_json

FORMAT = 1
MANIFEST = "MANIFEST.json"
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class FileRecord:
    """What was written under one name."""

    n_bytes: int
    sha256: str


class HashingSink:
    """Passes bytes on to a file, and knows their number and hash."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._hash = hashlib.sha256()
        self._n_bytes = 0

    def write(self, data: bytes | memoryview, /) -> None:
        self._hash.update(data)
        self._n_bytes += len(data)
        self._stream.write(data)

    def record(self) -> FileRecord:
        return FileRecord(self._n_bytes, self._hash.hexdigest())


class HashingSource:
    """Bytes of a file, hashed as they are read unless nobody wants to know."""

    def __init__(self, stream: IO[bytes], verify: bool) -> None:
        self._stream = stream
        self._hash = hashlib.sha256() if verify else None

    def readinto(self, buffer: memoryview, /) -> int:
        count = self._stream.readinto(buffer)  # type: ignore[attr-defined]
        if self._hash is not None:
            self._hash.update(buffer[:count])
        return count

    def read(self, limit: int) -> bytes:
        """Everything that is left, at most `limit` bytes."""
        data = self._stream.read(limit)
        if self._hash is not None:
            self._hash.update(data)
        return data

    def skip_to_end(self) -> None:
        """Reads what is left for its hash alone."""
        buffer = memoryview(bytearray(2**20))
        while self.readinto(buffer):
            pass

    def check(self, sha256: str) -> None:
        """Raises ValueError if what was read is not what was saved."""
        if self._hash is not None and self._hash.hexdigest() != sha256:
            raise ValueError("is not what was saved: its SHA-256 differs from the manifest's")


def write_file(path: Path, write: Callable[[HashingSink], object]) -> FileRecord:
    """Lets `write` fill a new file, and returns once it is on the disk. Raises OSError."""
    with open(path, "wb") as stream:
        sink = HashingSink(stream)
        write(sink)
        stream.flush()
        os.fsync(stream.fileno())
    return sink.record()


@contextmanager
def open_verified(path: Path, record: FileRecord, verify: bool = True) -> Iterator[HashingSource]:
    """Opens a file to be read to its end; whatever is wrong with it, length and hash included, is a CheckpointError."""
    with _naming(path):
        if _plain_file_size(path) != record.n_bytes:
            raise ValueError(f"has {path.lstat().st_size:,} bytes where {record.n_bytes:,} were saved")
        with open(path, "rb") as stream:
            source = HashingSource(stream, verify)
            yield source
        source.check(record.sha256)


def write_manifest(folder: Path, step: int, files: Mapping[str, FileRecord]) -> None:
    """Writes the manifest of `files`. Raises OSError."""
    manifest = _spell(step, files)
    write_file(folder / MANIFEST, lambda sink: sink.write(manifest))


def read_manifest(folder: Path, step: int, names: tuple[str, ...]) -> dict[str, FileRecord]:
    """The records of exactly the files `names` of `step`. Raises CheckpointError for anything else."""
    path = folder / MANIFEST
    with _naming(path):
        if _plain_file_size(path) > SIZE_LIMIT:
            raise ValueError("is too long for a manifest")
        with open(path, "rb") as stream:
            text = stream.read(SIZE_LIMIT)
        manifest = parse_json(text)
        if not isinstance(manifest, dict) or set(manifest) != {"format", "step", "files"}:
            raise ValueError("is not a manifest")
        if manifest["format"] != FORMAT:
            raise ValueError(
                f"has format {str(manifest['format'])[:20]!r}; this version of pocket-narrator reads {FORMAT}"
            )
        if manifest["step"] != step:
            raise ValueError(f"belongs to step {str(manifest['step'])[:20]}, not to {folder.name}")
        files = _parse_files(manifest["files"], names)
        if _spell(step, files) != text:
            raise ValueError("is not spelled as it was saved")
    return files


def _spell(step: int, files: Mapping[str, FileRecord]) -> bytes:
    entries = {name: {"bytes": record.n_bytes, "sha256": record.sha256} for name, record in files.items()}
    return dump_json({"format": FORMAT, "step": step, "files": entries})


def _parse_files(entries: object, names: tuple[str, ...]) -> dict[str, FileRecord]:
    if not isinstance(entries, dict) or set(entries) != set(names):
        raise ValueError(f"does not list exactly the files {', '.join(names)}")
    files = {}
    for name, entry in entries.items():
        if not isinstance(entry, dict) or set(entry) != {"bytes", "sha256"}:
            raise ValueError(f"has a malformed entry for {name}")
        n_bytes, sha256 = entry["bytes"], entry["sha256"]
        if type(n_bytes) is not int or not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
            raise ValueError(f"has a malformed length or hash for {name}")
        files[name] = FileRecord(n_bytes, sha256)
    return files


def _plain_file_size(path: Path) -> int:
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode):
        raise ValueError("is a link, a folder or a device where a plain file was saved")
    return status.st_size


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Turns what goes wrong with one file into a CheckpointError that names it."""
    try:
        yield
    except FileNotFoundError as error:
        raise _damaged(path, "is missing") from error
    except OSError as error:
        raise _damaged(path, f"cannot be read ({error.strerror or error})") from error
    except ValueError as error:
        raise _damaged(path, str(error)) from error


def _damaged(path: Path, why: str) -> CheckpointError:
    folder = path.parent.name
    return CheckpointError(
        f"{folder}/{path.name} {why}",
        where=str(path),
        hint=f"restore {folder} from a copy, or delete that folder: the run goes on from the checkpoint before it",
    )
