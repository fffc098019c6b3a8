"""Text for people: wrapped between words on a terminal and as it is elsewhere; commands as a shell takes them."""

import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import TextIO

# What is copied as a whole: a command with its options and what looks like a name, a setting or a path.
COMMAND = re.compile(
    r"\b(?:narrator|pip install)(?: (?:--?[a-z][\w-]*(?: [\w./]\S*)?|'[^']*'|\"[^\"]*\"|[A-Z]+\b|\S*[=/]\S*|(?<=narrator )[a-z]+))+"
)
WHOLE = re.compile(
    r"\s*(?:where: |narrator |pip install |ollama )"
)  # lines that are a place or a command, and nothing else
GLUE = "\x00"
_carried: ContextVar[Mapping[str, Sequence[str]]] = ContextVar("carried", default=MappingProxyType({}))
_is_silent = ContextVar("is_silent", default=False)


def command(*words: object) -> str:
    """`narrator WORDS`, each quoted where the shell would part it or take it for something else; with the options that this
    process was given and that the command needs as well (`carried_options`)."""
    carried = _carried.get()
    more = carried.get(str(words[0]), carried.get("", [])) if words else []
    return shell_words(["narrator", *words, *more])


@contextmanager
def carried_options(options: Mapping[str, Sequence[str]]) -> Iterator[None]:
    """Inside, `command` adds these options, by the command's name; "" has those of all that are not named."""
    before = _carried.set(options)
    try:
        yield
    finally:
        _carried.reset(before)


def shell_words(words: Sequence[object]) -> str:
    """Words as they are typed into a shell."""
    texts = [str(word) for word in words]
    if os.name != "nt":
        import shlex

        return shlex.join(texts)
    import subprocess

    return subprocess.list2cmdline(texts)


def wrap(text: str, width: int) -> str:
    """Lines of at most `width` columns where words allow it: never inside of a word, a path or a command."""
    return "\n".join(piece for line in text.split("\n") for piece in _wrap_line(line, width))


def for_terminal(text: str, stream: TextIO) -> str:
    """The text as it is written to the stream: wrapped where that is a terminal."""
    if not stream.isatty():
        return text
    import shutil

    return wrap(text, shutil.get_terminal_size().columns)


def is_beside_another() -> bool:
    """Whether torchrun has started several processes of which another one is the first: what a user can mend, that one says."""
    return int(os.environ.get("WORLD_SIZE") or 1) > 1 and os.environ.get("RANK", "0") != "0"


@contextmanager
def silence(is_wanted: bool = True) -> Iterator[None]:
    """Inside, nothing is said about what is done and no progress is shown: for callers who ask for it. Errors are raised as ever."""
    before = _is_silent.set(is_wanted or _is_silent.get())
    try:
        yield
    finally:
        _is_silent.reset(before)


def is_silent() -> bool:
    return _is_silent.get()


def say(text: str) -> None:
    """Writes a line about what is done, to standard error; of several processes the first one does."""
    if is_beside_another() or is_silent():
        return
    print(for_terminal(text, sys.stderr), file=sys.stderr, flush=True)


def _wrap_line(line: str, width: int) -> list[str]:
    if len(line) <= width or WHOLE.match(line):
        return [line]
    indent = line[: len(line) - len(line.lstrip())]
    import textwrap

    glued = COMMAND.sub(lambda found: found[0].replace(" ", GLUE), line)
    pieces = textwrap.wrap(
        glued,
        width,
        subsequent_indent=f"{indent}  ",
        drop_whitespace=True,
        break_long_words=False,
        break_on_hyphens=False,
        expand_tabs=False,
        replace_whitespace=False,
    )
    return [piece.replace(GLUE, " ") for piece in pieces]
