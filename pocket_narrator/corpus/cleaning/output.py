"""The files of a cleaning: written beside, and put in place together when all of them are whole."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from pocket_narrator.errors import CorpusError
from pocket_narrator.files.atomic_folder import atomic_files
from pocket_narrator.files.file_lock import LOCK, one_at_a_time
from pocket_narrator.files.hashed_file import HashedFile
from pocket_narrator.files.json_file import find_json_object

MANIFEST = "manifest.json"
NAMES = (  # everything that a cleaning may write
    "clean.txt",
    "rejected.txt",
    "validation.txt",
    "validation-rejected.txt",
    "chapters.jsonl",
    "half.txt",
    "quarter.txt",
    "eighth.txt",
    MANIFEST,
)


class StoryFile:
    """A file of stories that is being written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = HashedFile(path)
        self._stories = 0

    def write(self, raw: bytes, stories: int) -> None:
        self._file.write(raw)
        self._stories += stories

    def close(self) -> None:
        """Brings it to the disk."""
        self._file.close()

    def abandon(self) -> None:
        """Closes it, whole or not."""
        self._file.abandon()

    def summary(self) -> dict[str, Any]:
        record = self._file.record()
        return {"stories": self._stories, "bytes": record.n_bytes, "sha256": record.sha256}


class PutAside:
    """Numbers that wait in a file until they are needed, so that memory does not grow with them."""

    def __init__(self, path: Path, dtype: type[np.unsignedinteger]) -> None:
        self._path = path
        self._dtype = dtype
        self._stream = open(path, "wb")  # noqa: SIM115, closed by `take` or `abandon`

    def extend(self, numbers: Sequence[int]) -> None:
        self._stream.write(np.array(numbers, self._dtype).tobytes())

    def take(self) -> np.ndarray:
        """All of them; no more come."""
        self._stream.close()
        return np.fromfile(self._path, self._dtype)

    def abandon(self) -> None:
        with suppress(OSError):
            self._stream.close()


class CleaningOutput:
    """Files that will stand in one folder."""

    def __init__(self, temporary: Path) -> None:
        self.temporary = temporary
        self.files: dict[str, StoryFile] = {}
        self.put_aside: list[PutAside] = []  # these go when all is done

    def open(self, name: str) -> StoryFile:
        self.files[name] = StoryFile(self.temporary / name)
        return self.files[name]

    def open_aside(self, name: str, dtype: type[np.unsignedinteger]) -> PutAside:
        self.put_aside.append(PutAside(self.temporary / name, dtype))
        return self.put_aside[-1]


def held_before(folder: Path) -> bool:
    """Whether a folder holds what an earlier cleaning wrote. CorpusError where it holds files under the names of one that no
    cleaning wrote: they would be lost."""
    manifest = find_json_object(folder / MANIFEST)
    if manifest is not None and {"format_version", "files"} <= manifest.keys():
        return True
    if manifest is None and (folder / LOCK).exists():  # what a killed one left, or what was damaged since
        return False
    foreign = [name for name in NAMES if (folder / name).exists()]
    if foreign:
        raise CorpusError(
            "this folder holds files that no cleaning wrote, and they would be lost",
            where=str(folder),
            found=", ".join(foreign),
            hint="move them away, or write to another folder",
        )
    return False


@contextmanager
def output_folder(folder: Path) -> Iterator[CleaningOutput]:
    """Files opened inside take the place of those in `folder` on a clean exit, the manifest last.

    On an exception all stays as it was; a folder that was made for it goes again. A folder is whole if it has a manifest.
    Two cleanings into one folder take turns. What a killed one left is removed.
    """
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        with (
            one_at_a_time(folder / LOCK, "cleans into this folder"),
            atomic_files(folder, NAMES, last=MANIFEST) as temporary,
            _written(CleaningOutput(temporary)) as output,
        ):
            yield output
    finally:
        for path in made:
            with suppress(OSError):  # it is not empty: all went well
                path.rmdir()


@contextmanager
def _written(output: CleaningOutput) -> Iterator[CleaningOutput]:
    try:
        yield output
        for file in output.files.values():
            file.close()
    finally:
        for file in (*output.files.values(), *output.put_aside):
            file.abandon()
