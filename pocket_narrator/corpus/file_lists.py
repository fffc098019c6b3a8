"""Which files a recipe means: one file, a folder, a pattern, or a list of files."""

import glob
import os
from collections.abc import Iterable
from pathlib import Path

from pocket_narrator.corpus.readers import STORY_FILES, is_story_file
from pocket_narrator.errors import CorpusError


def find_files(named: str, key: str) -> list[Path]:
    """The files that the value `named` of a recipe's `key` means, in an order that does not depend on the disk.

    A folder means all files of stories in it, at any depth; a pattern (`*`, `**`, `?`, `[]`) all files that it fits; a
    file that ends in `.list` the files that it names, one path a line, relative to the list itself.
    Raises CorpusError if there is none.
    """
    path = Path(named)
    if path.is_dir():
        return _in_folder(path, key)
    if path.suffix == ".list":
        return _in_list(path, key)
    if path.is_file() or not glob.has_magic(named):
        _require_file(path, f"check {key}; the path is relative to {os.getcwd()}")
        return [path]
    found = sorted((Path(name) for name in glob.glob(named, recursive=True)), key=Path.as_posix)
    files = [file for file in found if file.is_file()]
    if not files:
        raise CorpusError(
            "no file fits the pattern", where=named, hint=f"check {key}; the pattern is relative to {os.getcwd()}"
        )
    return files


def refuse_overlap(train: Iterable[str], validation: Iterable[str]) -> None:
    """Raises CorpusError if a file is on both sides: a model that has seen its validation stories tells nothing."""
    shared = sorted(set(train) & set(validation))
    if shared:
        raise CorpusError(
            f"{'a file is' if len(shared) == 1 else f'{len(shared)} files are'} both in corpus.train and in "
            "corpus.validation",
            where=shared[0],
            hint="take it out of one of them, or leave corpus.validation out to have a share set aside",
        )


def _in_folder(folder: Path, key: str) -> list[Path]:
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    files = [folder / name for name in names if is_story_file(name)]
    if files:
        return files
    example = f", such as {names[0]}" if names else ""
    raise CorpusError(
        f"the folder holds no file of stories; files in it: {len(names)}{example}",
        where=str(folder),
        expected=f"such a file ends in {', '.join(STORY_FILES)}, compressed (.gz, .xz, .bz2, .zst) or not",
        hint=f"check {key}; a pattern such as {folder.as_posix()}/* takes files of any name",
    )


def _in_list(path: Path, key: str) -> list[Path]:
    _require_file(path, f"check {key}; the path is relative to {os.getcwd()}")
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise CorpusError("the list is not UTF-8 text", where=str(path), hint="one path a line") from None
    files = []
    for number, line in enumerate(lines, 1):
        if name := line.strip():
            _require_file(path.parent / name, f"check line {number} of {path}; paths are relative to the list")
            files.append(path.parent / name)
    if not files:
        raise CorpusError("the list names no file", where=str(path), hint="one path a line, relative to the list")
    return files


def _require_file(path: Path, hint: str) -> None:
    try:
        with open(path, "rb"):
            pass
    except OSError as error:
        raise CorpusError(f"the file cannot be read: {error.strerror}", where=str(path), hint=hint) from None
