"""Stories on a terminal and in a pipe."""

import io
import random
import textwrap

import pytest

from pocket_narrator.cli.story_printer import WIDTH, StoryPrinter

STORY = (
    '"Once upon a time," said the old well-known dog,\n\nand looked at the moon. '
    + "He ran and ran. " * 30
    + "The end."
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def printed(stream: io.StringIO, pieces: list[str], monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr("sys.stdout", stream)
    printer = StoryPrinter()
    for piece in pieces:
        printer.write(piece)
    printer.end()
    return stream.getvalue()


def wrapped(story: str, width: int) -> str:
    lines = [textwrap.fill(line, width, break_long_words=False, break_on_hyphens=False) for line in story.split("\n")]
    return "\n".join(lines) + "\n"


def cut(story: str, pick: random.Random) -> list[str]:
    places = sorted(pick.sample(range(len(story)), 20))
    return [story[a:b] for a, b in zip([0, *places], [*places, len(story)], strict=True)]


@pytest.mark.parametrize("columns", [20, 40, 200])
def test_a_terminal_gets_lines_that_end_between_words_however_the_story_comes(
    columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    expected = wrapped(STORY, min(columns, WIDTH))
    for seed in range(5):
        assert printed(Terminal(), cut(STORY, random.Random(seed)), monkeypatch) == expected


def test_a_word_longer_than_the_terminal_stays_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "10")
    assert printed(Terminal(), ["a ", "b" * 30, " c"], monkeypatch) == f"a\n{'b' * 30}\nc\n"


def test_a_pipe_gets_the_story_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert printed(io.StringIO(), cut(STORY, random.Random(1)), monkeypatch) == STORY + "\n"


def test_rules_are_no_wider_than_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for columns in (30, 200):
        monkeypatch.setenv("COLUMNS", str(columns))
        StoryPrinter().rule()
        assert capsys.readouterr().out == "-" * min(columns, WIDTH) + "\n"
