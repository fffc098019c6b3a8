"""Which files a recipe means: one file, a folder, a pattern, or a list of files."""

import filecmp
import glob
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pocket_narrator.corpus.input_files.byte_source import require_file
from pocket_narrator.corpus.input_files.kinds import STORY_FILES, LeftOut, rank
from pocket_narrator.errors import CorpusError

MOST_LIST_BYTES = 64 << 20
MOST_REPEATED = 1000  # files that a pattern comes to again


def find_files(named: str, key: str) -> list[Path]:
    """The files that the value `named` of a recipe's `key` means, in an order that does not depend on the disk.

    A folder means all files of stories in it, at any depth; a pattern (`*`, `**`, `?`, `[]`) all files that it fits; a
    file that ends in `.list` the files that it names, one path a line, relative to the list itself.
    Raises CorpusError if there is none.
    """
    return find_files_and_others(named, key)[0]


def find_files_and_others(named: str, key: str) -> tuple[list[Path], LeftOut]:
    """The same, and which files of a folder are left out."""
    path = Path(named)
    if os.path.isdir(path):
        return _in_folder(path, key)
    return _named(named, path, key), LeftOut()


def _named(named: str, path: Path, key: str) -> list[Path]:
    if path.suffix == ".list":
        return _in_list(path, key)
    if os.path.isfile(path) or not glob.has_magic(named):
        _require_readable(path, f"check {key}, which is relative to {os.getcwd()}")
        return [path]
    files = sorted(_fitting(named), key=Path.as_posix)
    if not files:
        raise CorpusError(
            "no file fits the pattern", where=named, hint=f"check {key}, which is relative to {os.getcwd()}"
        )
    return files


def _fitting(pattern: str) -> Iterator[Path]:
    """The files that it fits. `**` goes into linked folders, too, and so may come to a file twice: the first time counts."""
    seen: set[str] = set()
    again = 0
    for name in glob.iglob(pattern, recursive=True):
        if not os.path.isfile(name):
            continue
        real = os.path.realpath(name) if "**" in pattern else name
        again += real in seen
        if again > MOST_REPEATED:
            raise CorpusError(
                "links to folders lead round in a circle",
                where=name,
                hint="name the folder: it is read without going round",
            )
        if real not in seen:
            seen.add(real)
            yield Path(name)


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


def refuse_same_files(train: Sequence[Path], validation: Sequence[Path]) -> None:
    """The same of files: under another path, as a link, or as a copy."""
    refuse_overlap(*({str(file.resolve()) for file in files} for files in (train, validation)))
    by_size: dict[int, list[Path]] = {}
    for file in train:
        by_size.setdefault(file.stat().st_size, []).append(file)
    for file in validation:
        for other in by_size.get(size := file.stat().st_size, ()):
            if size and filecmp.cmp(file, other, shallow=False):
                raise CorpusError(
                    "a file of corpus.validation holds the same, byte for byte, as one of corpus.train",
                    where=str(file),
                    found=f"the bytes of {other}",
                    hint="take it out of one of them, or leave corpus.validation out to have a share set aside",
                )


def _in_folder(folder: Path, key: str) -> tuple[list[Path], LeftOut]:
    """Files of stories, or, where there is none, tables that may hold some: .json, .csv, .tsv."""
    names = sorted(path.relative_to(folder).as_posix() for path in _files_below(folder))
    ranks = {name: found for name in names if (found := rank(name)) is not None}
    best = min(ranks.values(), default=0)
    others = LeftOut()
    for name in names:
        if ranks.get(name) != best and not _is_hidden(name):
            others.add(name)
    files = [folder / name for name, found in ranks.items() if found == best]
    if files:
        return files, others
    raise CorpusError(
        f"the folder holds no file of stories; files in it: {others}",
        where=str(folder),
        expected=f"such a file ends in {', '.join(STORY_FILES)}, compressed (.gz, .xz, .bz2, .zst) or not",
        hint=f"check {key}; a pattern such as {folder.as_posix()}/* takes files of any name",
    )


def _files_below(folder: Path) -> Iterator[Path]:
    """All files, at any depth. A folder that links lead to again is left out: they may go round in a circle."""

    def refuse_folder(error: OSError) -> None:
        raise CorpusError(
            f"a folder cannot be read: {error.strerror}",
            where=str(error.filename),
            hint="give yourself the right to read it, or name a folder beside it",
        )

    seen = {os.path.realpath(folder)}
    for parent, folders, names in os.walk(folder, onerror=refuse_folder, followlinks=True):
        reached = {name: os.path.realpath(os.path.join(parent, name)) for name in sorted(folders)}
        folders[:] = [name for name, real in reached.items() if real not in seen]
        seen.update(reached[name] for name in folders)
        yield from (path for name in names if (path := Path(parent, name)).is_file())


def _is_hidden(name: str) -> bool:
    return any(part.startswith(".") for part in name.split("/"))


def _in_list(path: Path, key: str) -> list[Path]:
    _require_readable(path, f"check {key}, which is relative to {os.getcwd()}")
    if path.stat().st_size > MOST_LIST_BYTES:
        raise CorpusError("the list is too long", where=str(path), expected="one path a line, 64 MiB at most")
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise CorpusError("the list is not UTF-8 text", where=str(path), hint="one path a line") from None
    files = []
    for number, line in enumerate(lines, 1):
        if name := line.strip():
            _require_readable(path.parent / name, f"check line {number} of {path}; paths are relative to the list")
            files.append(path.parent / name)
    if not files:
        raise CorpusError("the list names no file", where=str(path), hint="one path a line, relative to the list")
    return files


def _require_readable(path: Path, hint: str) -> None:
    if os.path.exists(path):
        require_file(path, hint)
    try:
        with open(path, "rb"):
            pass
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        reason = error.strerror if isinstance(error, OSError) else error
        raise CorpusError(f"the file cannot be read: {reason}", where=f"{path!s:.200}", hint=hint) from None
