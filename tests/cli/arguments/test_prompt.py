"""What is typed, or comes in on standard input, as prompts."""

import io
import sys

import pytest

from pocket_narrator.cli.arguments.prompt import read_prompts
from pocket_narrator.errors import PromptError


def test_standard_input_is_one_prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("Once,\n\u00e9\r\n".encode()), encoding="utf-8"))
    assert read_prompts(["-"], []) == ["Once,\n\u00e9"]


def test_other_encodings_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("Once".encode("utf-16")), encoding="utf-8"))
    with pytest.raises(PromptError, match="no UTF-8"):
        read_prompts(["-"], [])
