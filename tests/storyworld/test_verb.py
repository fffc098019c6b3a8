"""`narrator storyworld`, as a user calls it."""

import re
from pathlib import Path

import pytest

from pocket_narrator.storyworld import make_story
from tests.narrator_process import Done, narrator


def run(*arguments) -> Done:
    return narrator("storyworld", *map(str, arguments), cwd=Path.cwd())


def test_writes_stories_and_says_so(tmp_path):
    out = tmp_path / "a.txt"
    result = run("--stories", 12, "--seed", 3, "--out", out, "--workers", 1)
    assert result.returncode == 0, result.stderr
    assert out.read_text("utf-8").startswith(make_story(0, 3).text + "\n<|endoftext|>\n")
    assert "12 stories" in result.stdout
    assert "bits per byte" in result.stdout
    assert len(result.stdout.splitlines()) == 5


@pytest.mark.parametrize(("option", "value"), [("--stories", 0), ("--stories", -5), ("--seed", -1), ("--workers", 0)])
def test_bad_numbers(tmp_path, option, value):
    arguments = {"--stories": 5, "--seed": 1, "--workers": 1, "--out": tmp_path / "a.txt", option: value}
    result = run(*(word for pair in arguments.items() for word in pair))
    assert result.returncode == 2
    assert re.search("at least 1|at least 0|greater than or equal to 1", result.stderr)
    assert "Traceback" not in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_bad_places(tmp_path):
    (tmp_path / "file").write_text("x")
    for out in (tmp_path, tmp_path / "file" / "a.txt"):
        result = run("--stories", 5, "--seed", 1, "--out", out)
        assert result.returncode == 2
        assert "Traceback" not in result.stderr
        assert str(tmp_path) in result.stderr
