"""Where a command writes: a place that can be written to, and never over the text that it reads."""

import os
from pathlib import Path

from pocket_narrator.corpus.input_files.lists import find_files
from pocket_narrator.errors import CorpusError, NarratorError
from pocket_narrator.files.writable import require_place_for_file, require_place_for_folder


def file_to_write(named: str | Path) -> Path:
    """Typer's parser for an option that names a file to write. NarratorError, before any work, where it cannot be written."""
    require_place_for_file(named)
    return Path(named)


def folder_to_write(named: str | Path) -> Path:
    """The same for a folder of what a command writes."""
    require_place_for_folder(named)
    return Path(named)


def path_to_write(named: str | Path) -> Path:
    """The same for a file or a folder, which it is to be is not known yet."""
    (require_place_for_file if os.path.isfile(named) else require_place_for_folder)(named)
    return Path(named)


def refuse_input_as_output(named: str | Path, *outputs: Path | None, option: str) -> None:
    """NarratorError where one of the files to write is a text that is read: the file `named`, one of that folder, pattern or list.
    `option`: the one that names another output."""
    outputs_there = [output for output in outputs if output is not None and output.exists()]
    for text in _read_of(str(named)) if outputs_there else ():
        for output in outputs_there:
            if output.samefile(text):
                raise NarratorError(
                    "the output would take the place of a text that is read",
                    where=str(output),
                    hint=f"give it a name of its own: {option}",
                )


def _read_of(named: str) -> list[str | Path]:
    """What is there: the folder or list itself, and the files that are read."""
    itself: list[str | Path] = [named] if os.path.exists(named) else []
    try:
        return [*itself, *find_files(named, "the path")]
    except CorpusError:  # whoever reads it says what is wrong
        return itself
