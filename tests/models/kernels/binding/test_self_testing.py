"""A self-test in a process of its own: what its end says of the library."""

import stat
import sys
from pathlib import Path

import pytest

from pocket_narrator.models.kernels.binding.self_testing import failures_of

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="programs are shell scripts")


def end_with(program: str, folder: Path, monkeypatch) -> None:
    python = folder / "python"
    python.write_text(f"#!/bin/sh\n{program}\n", encoding="utf-8")
    python.chmod(python.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(sys, "executable", str(python))


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("exit 0", ""),
        ("kill -ILL $$", "they ended the process that tried them: SIGILL"),
        ("kill -SEGV $$", "they ended the process that tried them: SIGSEGV"),
        ("echo gelu is wrong; exit 1", "gelu is wrong"),
    ],
)
def test_what_is_wrong_with_it(tmp_path, monkeypatch, program, said):
    end_with(program, tmp_path, monkeypatch)
    assert failures_of(tmp_path / "library.so") == said


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("echo ImportError: no torch >&2; exit 1", "exit code 1: ImportError: no torch"),
        ("kill -KILL $$", "exit code -9"),
    ],
)
def test_a_test_that_was_disturbed(tmp_path, monkeypatch, program, said):
    end_with(program, tmp_path, monkeypatch)
    with pytest.raises(OSError, match=said):
        failures_of(tmp_path / "library.so")
