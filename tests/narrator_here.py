"""The command within the process of the test."""

import sys

import pytest

from pocket_narrator.cli.main import main


def narrator(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, *arguments: object
) -> tuple[int, str, str]:
    """Exit code, output and errors of `narrator ARGUMENTS`."""
    monkeypatch.setattr(sys, "argv", ["narrator", *map(str, arguments)])
    code = 0
    try:
        main()
    except SystemExit as error:
        code = int(error.code or 0)
    captured = capsys.readouterr()
    return code, captured.out, captured.err
