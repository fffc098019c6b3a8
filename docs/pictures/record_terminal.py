"""Records commands in a terminal as an SVG that moves: what they really print, when they print it.

    pip install pyte
    python docs/pictures/record_terminal.py OUT.svg "narrator train storyworld-quick" 30 "narrator tell storyworld-quick" 1

Each command is followed by how many times faster than life it is shown. Linux and macOS.
"""

import os
import pty
import select
import shlex
import struct
import sys
import time
from fcntl import ioctl
from html import escape
from pathlib import Path
from termios import TIOCSWINSZ
from typing import NamedTuple

import pyte

COLUMNS, ROWS = 84, 24
WIDTH, HEIGHT = 8.43, 19  # pixels of a character
TYPING = 0.05  # seconds a character
PAUSE = 1.2  # before a command starts, and after it has ended
LAST = 6.0  # the end is shown for so long


class Line(NamedTuple):
    """What one row shows from a time on."""

    row: int
    text: str
    start: float


class Recording:
    """A screen, and every change of a row of it."""

    def __init__(self) -> None:
        self.screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.Stream(self.screen)
        self._shown = [""] * ROWS
        self.lines: list[Line] = []
        self.now = 0.0

    def feed(self, text: str) -> None:
        self._stream.feed(text)
        for row, text in enumerate(self.screen.display):
            if text.rstrip() != self._shown[row]:
                self._shown[row] = text.rstrip()
                self.lines.append(Line(row, text.rstrip(), self.now))

    def type_in(self, command: str) -> None:
        for character in f"$ {command}":
            self.feed(character)
            self.now += TYPING
        self.now += PAUSE
        self.feed("\r\n")

    def run(self, command: str, speed: float) -> None:
        started, before = time.monotonic(), self.now
        process, terminal = pty.fork()
        if process == 0:
            os.environ.update(TERM="linux", COLUMNS=str(COLUMNS), LINES=str(ROWS), NO_COLOR="1")
            words = shlex.split(command)
            os.execvp(words[0], words)
        ioctl(terminal, TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        while True:
            select.select([terminal], [], [])
            try:
                given = os.read(terminal, 65536)
            except OSError:  # Linux's way to say that the other end is closed
                given = b""
            if not given:
                break
            self.now = before + (time.monotonic() - started) / speed
            self.feed(given.decode(errors="replace"))
        os.waitpid(process, 0)
        self.now += PAUSE


def as_svg(recording: Recording) -> str:
    """Every line is shown from its time until the next one of its row; the whole begins anew when it is over."""
    total = recording.now + LAST
    shown, styles = [], []
    for number, line in enumerate(recording.lines):
        if not line.text:
            continue
        end = next((other.start for other in recording.lines[number + 1 :] if other.row == line.row), total)
        first, last = 100 * line.start / total, 100 * end / total
        if last - first < 1e-6:
            continue
        until = f"{last:.3f}%,to{{visibility:hidden}}" if end < total else ""
        styles.append(f"@keyframes k{number}{{from{{visibility:hidden}}{first:.3f}%{{visibility:visible}}{until}}}")
        y = 34 + line.row * HEIGHT
        shown.append(f'<text x="16" y="{y}" style="animation-name:k{number}">{escape(line.text)}</text>')
    width, height = COLUMNS * WIDTH + 32, ROWS * HEIGHT + 36
    style = (
        f"text{{animation-duration:{total:.2f}s;animation-iteration-count:infinite;animation-timing-function:step-end;"
        "font:14px ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:#e8e4da;white-space:pre}"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" role="img" '
        f'aria-label="A terminal: a model is trained and tells a story"><style>{style}{"".join(styles)}</style>'
        f'<rect width="100%" height="100%" rx="10" fill="#23211c"/>{"".join(shown)}</svg>\n'
    )


def main() -> None:
    target, *rest = sys.argv[1:]
    recording = Recording()
    for command, speed in zip(rest[::2], rest[1::2], strict=True):
        recording.type_in(command)
        recording.run(command, float(speed))
    Path(target).write_text(as_svg(recording), encoding="utf-8")


if __name__ == "__main__":
    main()
