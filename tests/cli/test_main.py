"""The command: help at once, one message for what a user can mend, and no torch where none is needed."""

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from pocket_narrator import __version__
from pocket_narrator.atomic import atomic_writer
from pocket_narrator.cli.main import VERBS, main
from pocket_narrator.errors import NarratorError

COMMAND = [sys.executable, "-m", "pocket_narrator.cli.main"]
ROOT = Path(__file__).parents[2]

# Runs the command in a process of its own and then tells which heavy libraries it has imported.
WITHOUT_TORCH = """
import sys
from pocket_narrator.cli.main import main
code = 0
try:
    main()
except SystemExit as end:
    code = end.code
print("imported:", *sorted({"torch", "tokenizers", "typer"} & set(sys.modules)), file=sys.stderr)
sys.exit(code)
"""


def narrator(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, cwd=ROOT, timeout=60)


def imported_by(*arguments: str) -> tuple[int, str]:
    """Exit code and the line of heavy imports of the command."""
    command = [sys.executable, "-c", WITHOUT_TORCH, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60)
    return done.returncode, done.stderr.splitlines()[-1]


def call(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> int:
    """The exit code of `main` in this process."""
    monkeypatch.setattr(sys, "argv", ["narrator", *arguments])
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def install_verb(function: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    """A further verb, `trial`, for the length of a test."""
    module = ModuleType("pocket_narrator.cli.trial")
    module.trial = function  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(VERBS, "trial", "a verb of this test")


def test_help_lists_every_verb() -> None:
    done = narrator("--help")
    assert done.returncode == 0
    for verb, explanation in VERBS.items():
        assert f"  {verb} " in done.stdout
        assert explanation in done.stdout
    assert narrator().stdout == narrator("-h").stdout == done.stdout


def test_help_answers_in_under_three_tenths_of_a_second() -> None:
    fastest = float("inf")
    for _ in range(5):
        started = time.perf_counter()
        narrator("--help")
        fastest = min(fastest, time.perf_counter() - started)
    assert fastest < 0.3


def test_version() -> None:
    assert narrator("--version").stdout == f"pocket-narrator {__version__}\n"


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself_without_torch(verb: str) -> None:
    code, imported = imported_by(verb, "--help")
    assert code == 0
    assert "torch" not in imported


def test_help_and_unknown_verbs_import_nothing_heavy() -> None:
    assert imported_by("--help") == (0, "imported:")
    assert imported_by("trian") == (2, "imported:")


def test_list_of_recipes_imports_no_torch() -> None:
    assert imported_by("recipes") == (0, "imported: typer")


@pytest.mark.parametrize("verb", ["prepare", "train"])
def test_recipe_errors_are_one_message_at_once_without_torch(verb: str) -> None:
    code, imported = imported_by(verb, "storyworld-quick", "training.learning_rte=1")
    assert code == 2
    assert "torch" not in imported
    started = time.perf_counter()
    done = narrator(verb, "storyworld-quick", "training.learning_rte=1")
    assert time.perf_counter() - started < 2.0  # 0.5 s when nothing else runs
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == (
        "error: training.learning_rte is not a key; did you mean training.learning_rate? (command line)\n"
    )


def test_unknown_verb_names_the_nearest() -> None:
    done = narrator("trian")
    assert done.returncode == 2
    assert done.stderr.startswith("error: 'trian' is not a verb of narrator; did you mean 'train'?\n")


def test_unknown_option_is_a_usage_error() -> None:
    done = narrator("recipes", "--colour")
    assert done.returncode == 2
    assert "No such option: --colour" in done.stderr
    assert "Traceback" not in done.stderr


def test_errors_for_users_are_one_message(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def trial() -> None:
        raise NarratorError("it broke", remedy="mend it")

    install_verb(trial, monkeypatch)
    assert call(["trial"], monkeypatch) == 2
    assert capsys.readouterr().err == "error: it broke\n  remedy: mend it\n"


def test_bugs_keep_their_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def trial() -> None:
        raise ZeroDivisionError("a bug")

    install_verb(trial, monkeypatch)
    with pytest.raises(ZeroDivisionError, match="a bug"):
        call(["trial"], monkeypatch)


def test_what_a_disk_refuses_is_one_message(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def trial() -> None:
        with atomic_writer(tmp_path / "page.html"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    install_verb(trial, monkeypatch)
    assert call(["trial"], monkeypatch) == 2
    told = capsys.readouterr().err
    assert told.startswith(f"error: the file cannot be used: {os.strerror(errno.ENOSPC)}\n")
    assert f"where: {tmp_path / 'page.html'}" in told

    def trial_of_a_bug() -> None:
        open(tmp_path / "absent")  # noqa: SIM115

    install_verb(trial_of_a_bug, monkeypatch)
    with pytest.raises(FileNotFoundError):
        call(["trial"], monkeypatch)


def test_interrupt_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def trial() -> None:
        # A shell's background processes begin with interrupts ignored; this test is about one that is not.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            signal.raise_signal(signal.SIGINT)
            time.sleep(5)
        finally:
            signal.signal(signal.SIGINT, before)

    install_verb(trial, monkeypatch)
    assert call(["trial"], monkeypatch) == 130
    assert capsys.readouterr().err == "interrupted\n"


def test_a_reader_that_leaves_is_no_error() -> None:
    with subprocess.Popen([*COMMAND, "recipes"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT) as process:
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
    assert row.endswith((" days", " h"))
    assert any(line.startswith("storyworld-quick") and line.endswith("2 min 12 s") for line in lines)
