"""Where a command writes: never over the text that it reads, and seen to before the work."""

import glob
import os
from collections.abc import Iterator
from pathlib import Path

from pocket_narrator.errors import NarratorError


def file_to_write(output: Path | None) -> Path | None:
    """Typer's callback for an option that names a file to write: the same. NarratorError where it cannot be written."""
    if output is not None and output.is_dir():
        raise NarratorError(
            "this is a folder, and a file is to be written", where=str(output), hint="name a file in it"
        )
    return folder_to_write(output)


def folder_to_write(output: Path | None) -> Path | None:
    """The same for a folder, or for what may be either: one that is not there is made in the nearest folder above it."""
    above = None if output is None else next(path for path in (output, *output.absolute().parents) if path.exists())
    if output is None or above is None or (above == output and output.is_file()):
        return output
    if not above.is_dir():
        raise NarratorError("this is a file, and no folder to write in", where=str(above), hint="choose another place")
    if not os.access(above, os.W_OK):
        raise NarratorError(
            "this folder cannot be written to", where=str(above), hint="give yourself the right to, or choose another"
        )
    return output


def refuse_input_as_output(named: str | Path, *outputs: Path | None, option: str) -> None:
    """NarratorError where one of the files to write is a text that is read: the file `named`, one in that folder, one that fits the
    pattern. `option`: the one that names another output."""
    outputs_there = [output for output in outputs if output is not None and output.exists()]
    for text in _files(str(named)) if outputs_there else ():
        for output in outputs_there:
            if output.samefile(text):
                raise NarratorError(
                    "the output would take the place of a text that is read",
                    where=str(output),
                    hint=f"give it a name of its own: {option}",
                )


def _files(named: str) -> Iterator[str]:
    if os.path.isdir(named):
        yield named
        for folder, _, names in os.walk(named):
            yield from (os.path.join(folder, name) for name in names)
    elif os.path.exists(named):
        yield named
        if named.endswith(".list"):
            base = os.path.dirname(named)
            lines = Path(named).read_text(encoding="utf-8", errors="replace").splitlines()
            yield from filter(os.path.exists, (os.path.join(base, line.strip()) for line in lines if line.strip()))
    elif glob.has_magic(named):
        yield from glob.iglob(named, recursive=True)
