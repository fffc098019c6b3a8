"""What is shown on a terminal is text, whatever a story, a name or a message holds."""

import io
import os
import sys
from pathlib import Path

import pytest

from pocket_narrator.cli import main as command
from pocket_narrator.cli.story_printer import StoryPrinter
from pocket_narrator.terminal.visible_text import VisibleStream, drawn_on, only_text_is_shown, visible


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Caf\u00e9, \u201chi\u201d \U0001f642\n\tTom.", "Caf\u00e9, \u201chi\u201d \U0001f642\n\tTom."),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("red \x1b[31m", "red \\x1b[31m"),
        ("over\rwritten\x08\x7f", "over\\x0dwritten\\x08\\x7f"),
        ("\x9b31m \x85", "\\x9b31m \\x85"),
        ("\u202etxt.exe", "\\u202etxt.exe"),
        ("\ud800", "\\ud800"),
        ("\0", "\\x00"),
    ],
)
def test_control_characters_are_shown_as_escapes(text: str, shown: str) -> None:
    assert visible(text) == shown
    stream = Terminal()
    VisibleStream(stream).writelines([text, text])
    assert stream.getvalue() == shown * 2


def test_a_story_on_a_terminal_and_in_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    for stream, shown in ((Terminal(), "Tom \\x1b[2J ran.\n"), (io.StringIO(), "Tom \x1b[2J ran.\n")):
        monkeypatch.setattr(sys, "stdout", stream)
        printer = StoryPrinter()
        for piece in ("Tom \x1b", "[2J ran."):
            printer.write(piece)
        printer.end()
        assert stream.getvalue() == shown


def test_streams_are_as_before_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    out, err = Terminal(), Terminal()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    with only_text_is_shown():
        print("a\x1bb")
        print("a\x1bb\rc", file=sys.stderr)  # bars of libraries go back to the beginning of their line
        assert drawn_on(sys.stdout) is out
        assert sys.stdout.isatty()
    assert (sys.stdout, sys.stderr) == (out, err)
    assert out.getvalue() == "a\\x1bb\n"
    assert err.getvalue() == "a\\x1bb\rc\n"
    assert drawn_on(out) is out


@pytest.mark.skipif(os.name == "nt", reason="no such names on Windows")
@pytest.mark.parametrize("arguments", [["train", "\x1b[31m.yaml"], ["tell", "\x1b]0;a\x07"], ["\x1b[2J"]])
def test_a_message_about_a_strange_name(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "\x1b[31m.yaml").write_text("\x1b[0m", encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["narrator", *arguments])
    with pytest.raises(SystemExit) as end:
        command.main()
    assert end.value.code == 2
    found = capsys.readouterr()
    assert "\x1b" not in found.err + found.out
    assert "\\x1b" in found.err
