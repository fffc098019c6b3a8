"""The command: help at once, one message for what a user can mend, and no torch where none is needed."""

import errno
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest
import typer

from pocket_narrator import __version__
from pocket_narrator.cli.commands import ALIASES, COMMANDS
from pocket_narrator.cli.main import main
from pocket_narrator.errors import NarratorError
from pocket_narrator.files.atomic import atomic_writer

PROGRAM = [sys.executable, "-m", "pocket_narrator.cli.main"]
ROOT = Path(__file__).parents[2]

# Runs commands one after the other in a process of its own, and tells after each which heavy libraries are imported.
ONE_AFTER_THE_OTHER = """
import contextlib, io, json, sys
from pocket_narrator.cli.main import main
HEAVY = {"torch", "numpy", "tokenizers", "pydantic", "rich", "typer"}
found = []
for command in json.loads(sys.argv[1]):
    sys.argv, code, out = ["narrator", *command], 0, io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
    found.append([code, out.getvalue(), sorted(HEAVY & set(sys.modules))])
print(json.dumps(found))
"""


def narrator(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*PROGRAM, *arguments], capture_output=True, text=True, cwd=ROOT, timeout=60)


class Imported(NamedTuple):
    code: int
    said: str
    libraries: list[str]


def imported_by(*commands: str) -> list[Imported]:
    """What each command answers, and the heavy libraries that it and those before it have imported."""
    command = [sys.executable, "-c", ONE_AFTER_THE_OTHER, json.dumps([one.split() for one in commands])]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60, check=True)
    return [Imported(*one) for one in json.loads(done.stdout)]


def call(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> int:
    """The exit code of `main` in this process."""
    monkeypatch.setattr(sys, "argv", ["narrator", *arguments])
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def install_command(function: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    """A further command, `trial`, for the length of a test."""
    module = ModuleType("pocket_narrator.cli.trial")
    module.trial = function  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(COMMANDS, "trial", "a command of this test")


def test_help_lists_every_command() -> None:
    done = narrator("--help")
    assert done.returncode == 0
    for command, explanation in COMMANDS.items():
        assert f"  {command} " in done.stdout
        assert explanation in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert narrator().stdout == narrator("-h").stdout == narrator("help").stdout == done.stdout


def test_version() -> None:
    said = f"pocket-narrator {__version__}\n"
    assert [narrator(word).stdout for word in ("--version", "-V", "-v", "version")] == [said] * 4


def test_help_and_unknown_commands_answer_at_once_since_they_import_nothing_heavy() -> None:
    answers = imported_by("--help", "help", "version", "trian", "list", "finetune", "Train", "eval")
    assert [(one.code, one.libraries) for one in answers] == [(0, [])] * 3 + [(2, [])] * 5


def test_every_command_explains_itself_without_torch() -> None:
    names = [*COMMANDS, *ALIASES]
    for name, answer in zip(names, imported_by(*(f"{name} --help" for name in names)), strict=True):
        assert answer.code == 0, name
        assert f"Usage: narrator {name}" in answer.said
        assert "torch" not in answer.libraries, name


def test_help_of_a_command_is_asked_for_in_four_ways() -> None:
    ways = imported_by("tell --help", "tell -h", "help tell", "--help tell", "tell help")
    assert ways[0].code == 0
    assert "--temperature" in ways[0].said
    assert {one.said for one in ways} == {ways[0].said}
    assert "--vocabulary-size" in imported_by("help tokenizer train")[0].said


def test_a_run_that_is_not_there_is_refused_without_torch() -> None:
    """Torch takes seconds to import, and a misspelt name is answered before."""
    verbs = (
        "tell",
        "serve",
        "demo",
        "bench",
        "report",
        "inspect",
        "export --to gguf",
        "scaling",
        "compare",
    )
    commands = [*(f"{verb} runs/nope" for verb in verbs), "seen runs/nope passage", "evaluate runs/nope"]
    for command, answer in zip(commands, imported_by(*commands), strict=True):
        assert answer.code == 2, command
        or_file = " or story file" if command.startswith("evaluate") else ""
        assert answer.said.startswith(f"error: there is no such run directory{or_file}\n  where: runs/nope\n"), command
        assert "torch" not in answer.libraries, command


def test_list_of_recipes_imports_no_torch() -> None:
    (answer,) = imported_by("recipes")
    assert answer.code == 0
    assert not {"torch", "tokenizers"} & set(answer.libraries)


@pytest.mark.parametrize("verb", ["prepare", "train"])
def test_recipe_errors_are_one_message_without_torch(verb: str) -> None:
    (answer,) = imported_by(f"{verb} storyworld-quick training.learning_rte=1")
    assert answer.code == 2
    assert "torch" not in answer.libraries
    assert answer.said == (
        "error: training.learning_rte is not a key; did you mean training.learning_rate? (command line)\n"
    )


def test_unknown_command_names_the_nearest() -> None:
    done = narrator("trian")
    assert done.returncode == 2
    assert done.stderr.startswith("error: 'trian' is not a command of narrator; did you mean 'train'?\n")


@pytest.mark.parametrize(
    ("arguments", "what", "where"),
    [
        ("serve runs/a --port 99999", "--port: should be less than or equal to 65535", "serve"),
        ("evaluate runs/a --split none", "--split: 'none' is not one of 'validation', 'train'", "evaluate"),
        ("tell --seed", "--seed needs a value", "tell"),
        ("report runs/a --json", "there is no option --json", "report"),
    ],
)
def test_wrong_arguments_are_one_message(
    arguments: str, what: str, where: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(arguments.split(), monkeypatch) == 2
    told = capsys.readouterr()
    assert told.err.startswith(
        f"error: {what}\n  where: narrator {where}\n  hint: narrator {where} --help explains its "
    )
    assert told.err.count("\n") == 3
    assert told.out == ""


def test_a_question_that_is_broken_off_is_an_interrupt(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def trial() -> None:
        raise typer.Abort  # as typer.confirm does at Ctrl-C

    install_command(trial, monkeypatch)
    assert call(["trial"], monkeypatch) == 130
    assert capsys.readouterr().err == "interrupted\n"


def test_commands_choose_their_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    def trial() -> None:
        raise typer.Exit(7)

    install_command(trial, monkeypatch)
    assert call(["trial"], monkeypatch) == 7


def test_errors_for_users_are_one_message(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def trial() -> None:
        raise NarratorError("it broke", hint="mend it")

    install_command(trial, monkeypatch)
    assert call(["trial"], monkeypatch) == 2
    assert capsys.readouterr().err == "error: it broke\n  hint: mend it\n"


def test_bugs_keep_their_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def trial() -> None:
        raise ZeroDivisionError("a bug")

    install_command(trial, monkeypatch)
    with pytest.raises(ZeroDivisionError, match="a bug"):
        call(["trial"], monkeypatch)


def test_what_a_disk_refuses_is_one_message(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def trial() -> None:
        with atomic_writer(tmp_path / "page.html"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    install_command(trial, monkeypatch)
    assert call(["trial"], monkeypatch) == 2
    told = capsys.readouterr().err
    assert told.startswith(f"error: the file cannot be used: {os.strerror(errno.ENOSPC)}\n")
    assert f"where: {tmp_path / 'page.html'}" in told

    def trial_of_a_loop() -> None:
        (tmp_path / "loop").symlink_to("loop")
        (tmp_path / "loop").mkdir(exist_ok=True)

    install_command(trial_of_a_loop, monkeypatch)
    assert call(["trial"], monkeypatch) == 2
    assert "the file cannot be used" in capsys.readouterr().err

    def trial_of_a_bug() -> None:
        open(tmp_path / "absent")  # noqa: SIM115

    install_command(trial_of_a_bug, monkeypatch)
    with pytest.raises(FileNotFoundError):
        call(["trial"], monkeypatch)


def test_interrupt_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def trial() -> None:
        # A shell's background processes begin with interrupts ignored; this test is about one that is not.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            signal.raise_signal(signal.SIGINT)
            while True:  # until Python looks for signals
                pass
        finally:
            signal.signal(signal.SIGINT, before)

    install_command(trial, monkeypatch)
    assert call(["trial"], monkeypatch) == 130
    assert capsys.readouterr().err == "interrupted\n"


def test_a_reader_that_leaves_is_no_error() -> None:
    with subprocess.Popen([*PROGRAM, "recipes"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1


def test_recipes_are_listed_one_a_line_where_there_is_no_terminal() -> None:
    lines = narrator("recipes").stdout.splitlines()
    assert lines[0].split("  ")[0] == "recipe"
    row = next(line for line in lines if line.startswith("llama-9m "))
    assert "  8.99 M  " in row
    assert "  590 M  " in row
    assert re.search(r"\d (days|h)  llama-like", row)
    assert any(line.startswith("storyworld-quick") and "2 min 12 s" in line for line in lines)
