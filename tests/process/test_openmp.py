"""Torch's OpenMP runtime is told to wait briefly, before it is loaded, and never against the user."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pocket_narrator.process.openmp import OF_THE_USER, SETTINGS, wait_briefly


@pytest.fixture(autouse=True)
def unset(monkeypatch):
    for name in OF_THE_USER:
        monkeypatch.setenv(name, "")  # so that it is put back
        monkeypatch.delenv(name)


def test_every_runtime_is_told() -> None:
    wait_briefly()
    assert {name: os.environ[name] for name in SETTINGS} == SETTINGS


@pytest.mark.parametrize("name", OF_THE_USER)
def test_the_user_is_left_alone(name, monkeypatch) -> None:
    monkeypatch.setenv(name, "7")
    wait_briefly()
    assert [other for other in OF_THE_USER if other in os.environ] == [name]
    assert os.environ[name] == "7"


def test_the_command_line_tells_it_before_torch_is_there() -> None:
    code = (
        "import os, sys\n"
        "from pocket_narrator.cli import main\n"
        "main._call = lambda *_: print(os.environ['GOMP_SPINCOUNT'], 'torch' in sys.modules)\n"
        "sys.argv = ['narrator', 'recipes']\n"
        "main.main()\n"
    )
    root = str(Path(__file__).parents[2])
    found = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert found.stdout.split() == [SETTINGS["GOMP_SPINCOUNT"], "False"]
