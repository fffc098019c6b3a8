"""What is shown on a terminal is text and nothing else: a story, a name or a message must not move the cursor, change colours, set
the title or hide what stands there. So control characters are shown as escapes, such as \\x1b."""

import io
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

# C0 without the line end and the tab, delete, C1, the marks that turn the direction of writing round, and lone surrogates.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def visible(text: str) -> str:
    """`text` with its control characters as escapes."""
    return _CONTROL.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


class VisibleStream:
    """A stream that only text can be written to; otherwise as the one that it is made of."""

    def __init__(self, stream: TextIO, carriage_returns: bool = False, is_log: bool = False) -> None:
        """carriage_returns: they pass, as the bars of libraries need them. is_log: what cannot be written is lost, and the work
        that it is about goes on: a full disk or a reader that has gone must not end a training."""
        self._stream = stream
        self._carriage_returns = carriage_returns
        self._is_log = is_log

    def write(self, text: str) -> int:
        parts = text.split("\r") if self._carriage_returns else [text]
        try:
            self._stream.write("\r".join(map(visible, parts)))
        except OSError:
            if not self._is_log:
                raise
        return len(text)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError:
            if not self._is_log:
                raise

    def writelines(self, lines: list[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)


@contextmanager
def only_text_is_shown() -> Iterator[None]:
    """On stderr, and on stdout where it is a terminal: a pipe or a file gets a story as it is."""
    before = sys.stdout, sys.stderr
    if (
        sys.stdout is None or sys.stderr is None
    ):  # closed before we began; what stands for them lasts as long as the process
        nowhere = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
        sys.stdout, sys.stderr = sys.stdout or nowhere, sys.stderr or nowhere
    if isinstance(
        sys.stdout, io.TextIOWrapper
    ):  # a file name need not be of characters, and not all encodings have them all
        sys.stdout.reconfigure(errors="backslashreplace")
    if sys.stdout.isatty():
        sys.stdout = VisibleStream(sys.stdout)  # pyright: ignore[reportAttributeAccessIssue]
    sys.stderr = VisibleStream(sys.stderr, sys.stderr.isatty(), is_log=True)  # pyright: ignore[reportAttributeAccessIssue]
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def drawn_on(stream: TextIO) -> TextIO:
    """The stream itself, for a drawing of ours that moves the cursor and has colours; texts in it have to be made visible."""
    return stream._stream if isinstance(stream, VisibleStream) else stream
