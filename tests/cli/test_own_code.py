"""`--plugin` and `--trust`, as they are typed: every message is one, with exit code 2."""

import io
import re
import sys
from pathlib import Path

import pytest

from pocket_narrator.cli.main import main
from pocket_narrator.files.atomic import write_text
from pocket_narrator.recipe.loading import write_recipe
from tests.plugins.own_files import MIXER, nothing_added, write_file, write_mixer
from tests.small_runs import small_recipe

VERB = """import typer

import pocket_narrator as pn


def shout(text: str, times: int = 1) -> None:
    \"\"\"Says it louder.\"\"\"
    print(" ".join([text.upper()] * times))


pn.register_verb("shout", shout)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def narrator(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """The exit code, of a process that knows nothing but what is built in."""
    monkeypatch.setattr(sys, "argv", ["narrator", *arguments])
    with nothing_added(), pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def write_own_recipe(folder: Path) -> None:
    text = write_recipe(small_recipe(folder, name="own", steps=3))
    write_text(folder / "own.yaml", text.replace("layers: attention*2", "layers: leaky attention"))


def test_a_run_from_a_file_trains_resumes_and_generates(folder: Path, monkeypatch, capsys) -> None:
    write_mixer(folder)
    write_own_recipe(folder)
    train = ("train", "own.yaml", "--stories", "1")
    assert narrator(monkeypatch, *train) == 2
    assert "there is no mixer named 'leaky'" in capsys.readouterr().err
    assert narrator(monkeypatch, *train, "--plugin", "leaky.py") == 0
    done = capsys.readouterr()
    assert "narrator evaluate runs/own --plugin leaky.py" in done.out
    assert narrator(monkeypatch, *train, "--plugin=leaky.py") == 0
    assert "this run is finished" in capsys.readouterr().err
    assert narrator(monkeypatch, *train) == 2
    assert "add --trust to run it" in capsys.readouterr().err
    assert narrator(monkeypatch, *train, "--trust") == 0
    done = capsys.readouterr()
    assert "this run is finished" in done.err
    assert "narrator evaluate runs/own --trust\n  narrator recipes\n" in done.out
    tell = ("tell", "own", "the cat", "--max-tokens", "4", "--seed", "1")
    assert narrator(monkeypatch, *tell) == 2
    said = capsys.readouterr().err
    assert said.count("error:") == 1
    for part in ("the mixer 'leaky'", "SHA-256", "runs/own/own_code/", "--trust"):
        assert part in said
    told = []
    for more in (["--trust"], ["--plugin", "leaky.py"]):
        assert narrator(monkeypatch, *tell, *more) == 0
        told.append(capsys.readouterr().out)
    assert told[0] == told[1]
    write_mixer(folder, text=MIXER.replace("self.keeps * sums", "0.25 * sums"))
    assert narrator(monkeypatch, *train, "--plugin", "leaky.py") == 2
    assert "has changed since this run was trained" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["evaluate", "report", "export", "bench", "inspect", "serve", "demo"])
def test_every_command_that_loads_the_run_asks(folder: Path, monkeypatch, capsys, command: str) -> None:
    write_mixer(folder)
    write_own_recipe(folder)
    assert narrator(monkeypatch, "train", "own.yaml", "--stories", "0", "--plugin", "leaky.py") == 0
    more = ["--to", "hf"] if command == "export" else []
    assert narrator(monkeypatch, command, "runs/own", *more) == 2
    assert "add --trust to run it" in capsys.readouterr().err


def test_a_command_of_ones_own(folder: Path, monkeypatch, capsys) -> None:
    write_file(folder / "shout.py", VERB)
    assert narrator(monkeypatch, "shout", "hello") == 2
    assert "one of your own is known with --plugin FILE behind it" in capsys.readouterr().err
    assert narrator(monkeypatch, "--plugin", "shout.py", "shout", "hello") == 2
    assert "hint: options follow the command: narrator train RECIPE --plugin FILE\n" in capsys.readouterr().err
    assert narrator(monkeypatch, "shout", "--plugin", "shout.py") == 2
    assert "hint: narrator shout --help --plugin shout.py explains its arguments" in capsys.readouterr().err
    assert narrator(monkeypatch, "shout", "hello", "--times", "2", "--plugin", "shout.py") == 0
    assert capsys.readouterr().out == "HELLO HELLO\n"
    assert narrator(monkeypatch, "shout", "--plugin", "shout.py", "--help") == 0
    assert "Says it louder." in capsys.readouterr().out
    write_file(folder / "shout.py", VERB.replace('"shout", shout', '"tell", shout'))
    assert narrator(monkeypatch, "shout", "hello", "--plugin", "shout.py") == 2
    assert "there is a command named 'tell' already" in capsys.readouterr().err


def test_a_file_that_is_not_there_names_those_that_are(folder: Path, monkeypatch, capsys) -> None:
    write_mixer(folder)
    assert narrator(monkeypatch, "train", "storyworld-quick", "--plugin", "leeky.py") == 2
    said = capsys.readouterr().err
    assert "there is no such file" in said
    assert "leaky.py" in said


def test_the_command_that_comes_next_has_the_own_code_that_this_one_had(folder: Path, monkeypatch, capsys) -> None:
    write_mixer(folder)
    write_own_recipe(folder)
    assert narrator(monkeypatch, "prepare", "own.yaml", "--plugin", "leaky.py") == 0
    assert capsys.readouterr().out.splitlines()[-1] == "  next:       narrator train own.yaml --plugin leaky.py"
    assert narrator(monkeypatch, "train", "own.yaml", "--stories", "0", "--plugin", "leaky.py", "name=a") == 0
    assert (
        narrator(monkeypatch, "train", "own.yaml", "--stories", "0", "--plugin", "leaky.py", "name=b", "steps=4") == 0
    )
    capsys.readouterr()
    for own in (["--plugin", "leaky.py"], ["--trust"]):
        assert narrator(monkeypatch, "compare", "runs/a", "runs/b", "--metric", "distinct_2", *own) == 2
        hint = f"narrator evaluate runs/a --suite quick {' '.join(own)}"
        assert hint in capsys.readouterr().err


def test_what_is_said_of_the_decoder_comes_before_the_story_and_once(folder: Path, monkeypatch, capsys) -> None:
    write_mixer(folder)
    write_own_recipe(folder)
    assert narrator(monkeypatch, "train", "own.yaml", "--stories", "0", "--plugin", "leaky.py") == 0
    capsys.readouterr()
    monkeypatch.setattr("pocket_narrator.terminal.notes._said", set())
    both = io.StringIO()
    monkeypatch.setattr(sys, "stdout", both)
    monkeypatch.setattr(sys, "stderr", both)
    assert narrator(monkeypatch, "tell", "own", "the cat", "--max-tokens", "4", "--stories", "2", "--trust") == 0
    lines = both.getvalue().splitlines()
    assert "has no form for the C decoder" in lines[0]
    assert lines[1].startswith("the cat")
    assert both.getvalue().count("C decoder") == 1


FAILING = """import pocket_narrator as pn


def halve(training, progress):
    return training.nothing


def count(file: str) -> None:
    print(_lines(file))


def _lines(file):
    return len(open(file).readlines())


pn.register_schedule("halve", halve)
pn.register_verb("count", count)
"""


def test_own_code_that_raises_is_one_message_with_its_function_and_line(folder: Path, monkeypatch, capsys) -> None:
    path = write_file(folder / "failing.py", FAILING)
    write_own_recipe(folder)
    assert narrator(monkeypatch, "count", "none.txt", "--plugin", "failing.py") == 2
    said = capsys.readouterr().err
    assert "own code of failing.py has failed in _lines: FileNotFoundError" in said
    assert f"where: {path}:13 in _lines, called from line 9 in count" in said
    write_mixer(folder, text=MIXER.replace("self.keeps * sums", "self.kept * sums"))
    more = ("--plugin", "leaky.py", "--plugin", "failing.py")
    assert narrator(monkeypatch, "train", "own.yaml", *more) == 2
    said = capsys.readouterr().err
    assert "the mixer 'leaky' has failed in Leaky._read: AttributeError: 'Leaky' object has no attribute 'kept'" in said
    assert re.search(r"leaky.py:\d+ in Leaky._read, called from line \d+ in Leaky.forward\n", said)
    assert "narrator check " in said
    write_mixer(folder)
    assert narrator(monkeypatch, "train", "own.yaml", "training.schedule=halve", *more) == 2
    assert "the schedule 'halve' has failed in halve: AttributeError" in capsys.readouterr().err
    assert not (folder / "data").exists()
    assert not (folder / "runs").exists()
