"""Progress: plain lines where there is no terminal, a bar where there is one, and figures that are right."""

import os
import re
import subprocess
import sys

import pytest

from pocket_narrator import progress as module
from pocket_narrator.progress import Progress, format_seconds, progress

# Six units at two a second, after 30 that were done before; one line is written over the bar. Time is as the program says.
WORK = """
from types import SimpleNamespace
from pocket_narrator import progress
now = 100.0
progress.time = SimpleNamespace(monotonic=lambda: now)
bar = progress.Progress("working", 90, "pieces", done=30)
bar._next_line = 0.0  # at once
for piece in range(6):
    now += 0.5
    bar.advance(1, f"note {piece}")
    if piece == 3:
        bar.write("a line that stays")
bar.close()
"""


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min 00 s"),
        (200, "3 min 20 s"),
        (3599.4, "59 min 59 s"),
        (3599.6, "1 h 00 min"),
        (7500, "2 h 05 min"),
        (400_000, "111 h 06 min"),
        (float("inf"), "an unknown time"),
    ],
)
def test_seconds_for_people(seconds: float, text: str) -> None:
    assert format_seconds(seconds) == text


def test_plain_lines(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    with progress("counting", 1000, "pieces") as bar:
        for _ in range(30):
            clock.now += 1.0
            bar.advance(20, "a note")
    assert capsys.readouterr().err.splitlines() == [
        "counting: 40 of 1,000 pieces, 20 pieces/s, 48 s left, a note",
        "counting: 240 of 1,000 pieces, 20 pieces/s, 38 s left, a note",
        "counting: 440 of 1,000 pieces, 20 pieces/s, 28 s left, a note",
        "counting: 600 pieces in 30.0 s (20 pieces/s)",
    ]


def test_short_work_is_silent(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    with progress("counting", 10, "pieces") as bar:
        clock.now += 1.9
        assert not bar.is_due()
        bar.advance(10)
    assert capsys.readouterr().err == ""


def test_what_was_done_before_does_not_count_as_speed(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    bar = Progress("training", 1000, "tokens", done=900)
    clock.now += 5.0
    assert bar.is_due()
    bar.advance(10)
    bar.close()
    assert capsys.readouterr().err.splitlines() == [
        "training: 910 of 1,000 tokens, 2 tokens/s, 45 s left",
        "training: 10 tokens in 5.0 s (2 tokens/s)",
    ]


def test_slow_work_has_a_speed_too_and_a_total_may_change(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    bar = Progress("training the tokenizer", 4, "MB")
    clock.now += 8.0
    bar.advance(0)
    assert "0 MB/s, an unknown time left" in capsys.readouterr().err
    clock.now += 12.0
    bar.total = 8
    bar.advance(2)
    assert "2 of 8 MB, 0.1 MB/s, 1 min 00 s left" in capsys.readouterr().err


def test_the_end_comes_also_with_an_error(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        with progress("counting", 10, "pieces") as bar:
            bar.advance(3)
            clock.now += 4.0
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert capsys.readouterr().err == "counting: 3 pieces in 4.0 s (0.75 pieces/s)\n"


@pytest.mark.skipif(os.name == "nt", reason="there are no pseudo-terminals")
def test_a_terminal_has_a_bar() -> None:
    shown = on_a_terminal(WORK)
    assert re.search(r"working .*\d+%  \d+(\.\d)? pieces/s, \d+ s left, note 5", shown)
    assert "40%" in shown  # 36 of 90
    assert "a line that stays" in shown
    last = shown.rstrip().splitlines()[-1]
    assert re.search(r"working: 6 pieces in 3\.0 s \(2 pieces/s\)$", last)


def on_a_terminal(program: str) -> str:
    """What a Python program writes to a terminal of 100 columns."""
    import pty

    outside, inside = pty.openpty()
    environment = {**os.environ, "COLUMNS": "100", "TERM": "xterm"}
    process = subprocess.Popen([sys.executable, "-c", program], stdout=inside, stderr=inside, env=environment)
    os.close(inside)
    shown = b""
    while True:
        try:
            piece = os.read(outside, 65536)
        except OSError:  # Linux says so at the end
            break
        if not piece:
            break
        shown += piece
    os.close(outside)
    assert process.wait() == 0, shown
    return shown.decode()
