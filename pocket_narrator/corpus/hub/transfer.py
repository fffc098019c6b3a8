"""Brings a file of the Hugging Face hub into the hub's cache on this machine.

The hub's own downloads begin again when the process has ended; here the part that has arrived is kept, and only the rest
asked for.
"""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from pocket_narrator.errors import CorpusError
from pocket_narrator.files.hashed_file import sha256_of
from pocket_narrator.progress import Progress


@dataclass(frozen=True)
class HubFile:
    """A file of a dataset, as the hub's listing has it."""

    name: str
    size: int  # bytes
    etag: str  # its name in the cache: the SHA-256 of large files, git's own hash of small ones

    def arrived(self, dataset: str) -> int:
        """Bytes of it that are here already."""
        blob = self.blob(dataset)
        path = blob if blob.is_file() else _part(blob)
        return min(path.stat().st_size, self.size) if path.is_file() else 0

    def blob(self, dataset: str) -> Path:
        return repository_folder(dataset) / "blobs" / self.etag


def cache_folder() -> Path:
    """Where the hub's cache lies, by `HF_HOME` and `HF_HUB_CACHE`."""
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE).expanduser()


def repository_folder(dataset: str) -> Path:
    """Where the cache keeps a dataset: its blobs, the references to commits, and links to the blobs by commit and name."""
    return cache_folder() / f"datasets--{dataset.replace('/', '--')}"


def download_file(dataset: str, commit: str, file: HubFile, bar: Progress) -> None:
    """Downloads one file, or what is missing of it, checks it, and has it linked into the cache.

    Where another process is at it, it waits for that one. Raises CorpusError if it is not what the hub states; OSError and the errors of
    `huggingface_hub` where disk or network fail, and then what has arrived is kept.
    """
    from filelock import FileLock, Timeout
    from huggingface_hub import hf_hub_download

    blob = file.blob(dataset)
    blob.parent.mkdir(parents=True, exist_ok=True)
    part = _part(blob)
    lock_path = cache_folder() / ".locks" / blob.parents[1].name / f"{part.name}.lock"
    lock_path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(str(lock_path))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        print(f"waiting for another command that downloads {file.name}", file=sys.stderr, flush=True)
        lock.acquire()
    try:
        if blob.is_file():
            bar.advance(file.size / 1e6)
        else:
            _transfer(dataset, commit, file, part, bar)
            _check(part, file)
            os.replace(part, blob)
    finally:
        lock.release()
    hf_hub_download(dataset, file.name, repo_type="dataset", revision=commit)


def _part(blob: Path) -> Path:
    return blob.with_name(f"{blob.name}.narrator-part")


def _transfer(dataset: str, commit: str, file: HubFile, part: Path, bar: Progress) -> None:
    from huggingface_hub import hf_hub_url
    from huggingface_hub.file_download import http_get
    from huggingface_hub.utils import build_hf_headers

    with open(part, "ab") as stream:
        if stream.tell() > file.size:
            stream.truncate(0)
        arrived = stream.tell()
        bar.advance(arrived / 1e6)
        if arrived < file.size or not file.size:
            http_get(
                hf_hub_url(dataset, file.name, repo_type="dataset", revision=commit),
                _Counted(stream, bar),  # type: ignore[arg-type]
                resume_size=arrived,
                headers=build_hf_headers(library_name="pocket-narrator"),
            )
        stream.flush()
        os.fsync(stream.fileno())


def _check(part: Path, file: HubFile) -> None:
    """Throws away what is not the file that the hub states, and raises CorpusError."""
    size = part.stat().st_size
    what = f"it has {size:,} bytes, not {file.size:,}" if size != file.size else ""
    if not what and len(file.etag) == 64 and sha256_of(part) != file.etag:
        what = "its SHA-256 is not the one that the hub states"
    if what:
        part.unlink()
        raise CorpusError(
            f"{file.name} arrived damaged: {what}", where=str(part), hint="the same command downloads it again"
        )


class _Counted:
    """A file that tells a progress bar what is written to it."""

    def __init__(self, stream, bar: Progress) -> None:
        self._stream = stream
        self._bar = bar
        self.tell, self.seek, self.truncate = stream.tell, stream.seek, stream.truncate

    def write(self, raw: bytes) -> int:
        self._bar.advance(len(raw) / 1e6)
        return self._stream.write(raw)
