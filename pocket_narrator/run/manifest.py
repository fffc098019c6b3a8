"""The manifest of a checkpoint: which files were saved, how long they are, and their SHA-256.

Everything in the manifest is either compared with something (format, step, file names, lengths, hashes) or fixed (its
spelling is canonical), so that no single changed byte goes unnoticed.
"""

import re
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pocket_narrator.errors import CheckpointError
from pocket_narrator.files.hashed_file import FileRecord, HashedReader, write_file
from pocket_narrator.files.json_file import SIZE_LIMIT, dump_json, parse_json

FORMAT = 1
MANIFEST = "MANIFEST.json"
_SHA256 = re.compile(r"[0-9a-f]{64}")


@contextmanager
def open_verified(path: Path, record: FileRecord, verify: bool = True) -> Iterator[HashedReader]:
    """Opens a file to be read to its end; whatever is wrong with it, length and hash included, is a CheckpointError."""
    with _naming(path):
        if _plain_file_size(path) != record.n_bytes:
            raise ValueError(f"has {path.lstat().st_size:,} bytes where {record.n_bytes:,} were saved")
        with open(path, "rb") as stream:
            source = HashedReader(stream, verify)
            yield source
        source.check(record.sha256)


def write_manifest(folder: Path, step: int, files: Mapping[str, FileRecord]) -> None:
    """Writes the manifest of `files`. Raises OSError."""
    write_file(folder / MANIFEST, _spell(step, files))


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
    except PermissionError as error:  # which is no damage: nothing is to be deleted
        raise CheckpointError(
            f"{path.parent.name}/{path.name} may not be read by this user",
            where=str(error.filename or path),
            hint="give yourself the right to read it, or ask whoever owns it",
        ) from error
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
