"""The entropy floor on disk: taken only as it was written."""

import json
import os
from pathlib import Path

import pytest

from pocket_narrator.files.json_file import write_json_object
from pocket_narrator.tokens.floor_file import read_floor, write_floor


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write_floor(tmp_path / "floor.json", 0.2139, 0.01, 1234, [100.0, 163.95])
    return tmp_path / "floor.json"


def test_as_it_was_written(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert read_floor(path, 1234) == (0.2139, 0.01, (100.0, 163.95))
    assert read_floor(path.with_name("none.json"), 1234) is None
    assert capsys.readouterr().err == ""


def test_an_older_file_holds_no_bits_of_each_story(path: Path) -> None:
    write_json_object(path, {"bits_per_byte": 0.2139, "standard_error": 0.01, "text_bytes": 1234})
    assert read_floor(path, 1234) == (0.2139, 0.01, None)


def test_an_older_file_holds_two_numbers(path: Path) -> None:
    path.write_text("[0.2139, 0.01]\n")
    assert read_floor(path, 1234) == (0.2139, 0.01, None)
    path.write_text("[1, 0]")
    assert read_floor(path, 1234) == (1.0, 0.0, None)


@pytest.mark.parametrize(
    "text",
    [
        *('["a","b"]', "[null,null]", "[NaN,-5]", "[0.2,-1]", "[0.2]", "[true,true]", "[" * 100_000, "", "0.2", "null"),
        *('{"a":1,"b":2}', '{"bits_per_byte": "0.2", "standard_error": 0.1, "text_bytes": 1234}', "\0" * 40, "\xff"),
        '{"bits_per_byte": [1], "standard_error": {}, "text_bytes": 1234}',
        '{"bits_per_byte": 1, "standard_error": 0, "text_bytes": 1234, "bits": "many"}',
        '{"bits_per_byte": 1, "standard_error": 0, "text_bytes": 1234, "bits": [1, null]}',
    ],
)  # fmt: skip
def test_anything_else_is_counted_again(text: str, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path.write_text(text, encoding="latin-1")
    assert read_floor(path, 1234) is None
    said = capsys.readouterr().err
    assert said.startswith("entropy floor: floor.json ")
    assert said.endswith("; counting it again\n")


def test_no_other_digit_is_taken(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path.write_text(path.read_text().replace("0.2139", "1.2139"))
    assert read_floor(path, 1234) is None
    assert "its checksum does not fit" in capsys.readouterr().err


def test_that_of_another_text_is_not_taken(path: Path) -> None:
    assert read_floor(path, 1230) is None


@pytest.mark.skipif(os.name != "posix", reason="makes a pipe")
def test_a_pipe_is_not_waited_for(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)
    assert read_floor(path, 1234) is None


def test_a_tool_can_read_it(path: Path) -> None:
    assert json.loads(path.read_text())["bits_per_byte"] == 0.2139
