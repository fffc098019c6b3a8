"""Numbers that nothing can hold, and file names that are no text: one message, or it works; never a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pocket_narrator.cli.main import main
from tests.cli.test_outputs import refused
from tests.small_runs import write_stories

HUGE = ("99999999999", "18446744073709551616", "9" * 5000)


@pytest.mark.parametrize("number", HUGE)
@pytest.mark.parametrize(
    "arguments",
    [
        ["tokenizer", "train", "mine.txt", "--vocabulary-size"],
        ["tokenizer", "compare", "mine.txt", "bpe:"],
        ["stats", "mine.txt", "--workers"],
        ["clean", "mine.txt", "--workers"],
        ["storyworld", "--stories", "5", "--workers"],
        ["train", "storyworld-quick", "--stories"],
        ["prepare", "storyworld-quick", "tokenizer.vocabulary_size="],
    ],
)
def test_a_huge_number_is_refused_in_one_message(
    arguments: list[str], number: str, tmp_path, monkeypatch, capsys
) -> None:
    monkeypatch.chdir(tmp_path)
    write_stories(tmp_path / "mine.txt", 24, 1)
    glued = arguments[-1].endswith((":", "="))
    words = [*arguments[:-1], arguments[-1] + number] if glued else [*arguments, number]
    told = refused(words, monkeypatch, capsys)
    assert told.count("error: ") == 1
    assert "pydantic" not in told


@pytest.mark.parametrize("number", ["nan", "inf", "1e400"])
@pytest.mark.parametrize(
    "arguments",
    [
        ["storyworld", "--stories", "5", "--lexicon"],
        ["tokenizer", "compare", "mine.txt", "character", "--megabytes"],
        ["judge", "mine.txt", "--base-url", "http://127.0.0.1:9", "--temperature"],
        ["judge", "mine.txt", "--base-url", "http://127.0.0.1:9", "--minutes"],
    ],
)
def test_what_is_not_finite_is_no_number(arguments: list[str], number: str, tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    write_stories(tmp_path / "mine.txt", 24, 1)
    told = refused([*arguments, number], monkeypatch, capsys)
    assert "which is no number" in told or "should be" in told


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="names of any bytes are Linux's")
@pytest.mark.parametrize(
    "arguments",
    [
        ["stats", "caf\udce9.txt", "--json", "s.json", "--html", "s.html"],
        ["storyworld", "--stories", "5", "--out", "neu\udce9.txt", "--workers", "1"],
        ["read", "neu\udce9.txt", "--json", "r.json"],
        ["tokenizer", "train", "caf\udce9.txt", "--vocabulary-size", "300", "--out", "caf\udce9.json"],
    ],
)
def test_a_name_that_is_no_text_can_be_worked_with(arguments: list[str], tmp_path: Path) -> None:
    write_stories(tmp_path / "caf\udce9.txt", 24, 1)
    (tmp_path / "neu\udce9.txt").write_text("Once there was a cat.", encoding="utf-8")
    if arguments[0] == "storyworld":
        (tmp_path / "neu\udce9.txt").unlink()
    command = [sys.executable, "-m", "pocket_narrator.cli.main", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    found = subprocess.run(
        list(map(os.fsencode, command)), cwd=tmp_path, env=environment, capture_output=True, check=False
    )
    assert found.returncode == 0, found.stderr.decode(errors="replace")


def test_more_stories_than_memory_is_lent_for_are_refused(tmp_path, monkeypatch, capsys) -> None:
    from tests.evaluation.tiny_run import make_run

    monkeypatch.chdir(tmp_path)
    run = make_run()
    for more in ([], ["--json"], ["--no-stream"]):
        told = refused(["tell", str(run), "Once", "--stories", HUGE[0], *more], monkeypatch, capsys)
        assert "100000" in told
        told = refused(
            ["tell", str(run), "--prompt", "Once", "--prompt", "Then", "--stories", "99999", *more], monkeypatch, capsys
        )
        assert "199,998 stories are more than memory is lent for" in told
    monkeypatch.setattr(sys, "argv", ["narrator", "tell", str(run), "Once", "--stories", "2", "--max-tokens", "2"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0


def test_a_command_that_was_added_may_have_a_use_for_infinity(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.py").write_text(
        "from pocket_narrator import register_verb\n"
        "def shout(most: float = float('inf')) -> None:\n    print(f'at most {most}')\n"
        "register_verb('shout', shout)\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(sys, "argv", ["narrator", "shout", "--plugin", "own.py"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    assert capsys.readouterr().out == "at most inf\n"
