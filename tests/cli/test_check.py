"""`narrator check` and `narrator new-mixer`, as they are typed: what is printed, and the exit code."""

import sys

import pytest

from pocket_narrator.cli.main import main
from tests.plugins.own_files import nothing_added
from tests.testing.faults import with_fault


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with nothing_added():
        yield


def narrator(monkeypatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["narrator", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_a_mixer_in_which_something_fails_is_exit_code_1(tmp_path, monkeypatch, capsys):
    """One that raises fails everywhere at once."""
    text = with_fault("squeezed at one row", "broken").replace(
        "        u, a, gate =", "        raise ArithmeticError('7')\n        u, a, gate ="
    )
    (tmp_path / "broken.py").write_text(text, encoding="utf-8")
    assert narrator(monkeypatch, "check", "broken.py") == 1
    said = capsys.readouterr().out
    assert "causality          FAILED" in said
    assert "it raises ArithmeticError: 7 at " in said
    assert "broken: 1 passed, 17 failed" in said


@pytest.mark.slow
def test_a_new_mixer_passes(monkeypatch, capsys):
    assert narrator(monkeypatch, "new-mixer", "slow_fox") == 0
    assert "narrator check slow_fox.py" in capsys.readouterr().out
    assert narrator(monkeypatch, "check", "slow_fox.py") == 0
    said = capsys.readouterr().out
    assert "slow_fox: 18 passed" in said
    assert "mamba " in said


@pytest.mark.parametrize(
    ("typed", "text", "parts"),
    [
        ("missing.py", None, ("there is no such file", "where: missing.py")),
        ("mambo", None, ("there is no mixer named 'mambo'; did you mean 'mamba'?", "narrator check my_mixer.py")),
        ("mine", "x = 1\n", ("there is no mixer named 'mine'", "narrator check mine.py")),
        ("mine.py", "x = 1\n", ("registers nothing",)),
        ("mine.py", "import no_such_thing\n", ("No module named 'no_such_thing'", "mine.py:1")),
        ("mine.py", "def f(:\n", ("SyntaxError", "mine.py:1")),
        (
            "mine.py",
            "import pocket_narrator as pn\nclass A(pn.Mixer):\n    pass\npn.register_mixer(pn.MixerKind('mine', A))\n",
            ("no method forward and no start and no prefill", "mine.py:2"),
        ),
        (
            "mine.py",
            "import pocket_narrator as pn\npn.register_schedule('mine', lambda *a: 1.0)\n",
            ("this file registers no mixer", "schedules: mine", "register_mixer(MixerKind("),
        ),
    ],
)
def test_bad_input_is_exit_code_2(typed, text, parts, tmp_path, monkeypatch, capsys):
    if text is not None:
        (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    assert narrator(monkeypatch, "check", typed) == 2
    said = capsys.readouterr()
    assert said.out == ""
    for part in parts:
        assert part in said.err
