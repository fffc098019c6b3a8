"""Text on a terminal: no word, path or command is broken; into a pipe nothing is changed."""

import io
import shlex

import pytest

from pocket_narrator.terminal.messages import command, for_terminal, wrap

MESSAGE = """error: there is no recipe 'x', neither as a file nor among the well-known ones that are shipped
  where: some/very/long/folder name/with blanks/and-hyphens/that/goes/on/for/more/than/eighty/columns.yaml
  hint: did you mean storyworld-quick? narrator train fine-tune --from runs/own name=NEW goes on from that run
    narrator train storyworld-quick name=mine corpus.kind=files 'corpus.train=my stories.txt' training.steps=100"""


@pytest.mark.parametrize("width", [40, 60, 80])
def test_words_paths_and_commands_stay_whole(width: int) -> None:
    wrapped = wrap(MESSAGE, width)
    assert wrapped.split() == MESSAGE.split()
    lines, given = wrapped.splitlines(), MESSAGE.splitlines()
    assert given[1] in lines
    assert given[3] in lines
    longest = max(len(word) for word in given[0].split())
    assert all(
        len(line) <= max(width, longest + 2) for line in lines if line not in given and "narrator train" not in line
    )


def test_a_command_in_a_sentence_stays_on_one_line() -> None:
    assert "narrator train fine-tune --from runs/own name=NEW" not in wrap(MESSAGE, 30).splitlines()[0]
    sentence = "the run can be told from with narrator tell runs/own --temperature 0.5 at once"
    assert any("narrator tell runs/own --temperature 0.5" in line for line in wrap(sentence, 45).splitlines())


def test_a_pipe_gets_the_text_as_it_is() -> None:
    assert for_terminal(MESSAGE, io.StringIO()) == MESSAGE


def test_a_terminal_gets_it_wrapped(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "50")
    assert for_terminal(MESSAGE, terminal) == wrap(MESSAGE, 50)


@pytest.mark.parametrize("word", ["a b", "it's", "#1", "{a: b}", "$HOME", "*", "plain", ""])
def test_a_command_is_what_a_shell_takes(word: str) -> None:
    assert shlex.split(command("train", "x", f"corpus.train={word}", word)) == [
        "narrator",
        "train",
        "x",
        f"corpus.train={word}",
        word,
    ]
