"""Documents with a checksum: whatever changes in one is noticed, and older ones without are read."""

import json
import os
import random
from pathlib import Path

import pytest

from pocket_narrator.files.json_file import CHECKSUM, find_json_object, parse_json, read_json_object, write_json_object

VALUE = {"b": [1, 2.5, None, True], "a": {"x": "caf\u00e9", "2": 1e-300, "10": [[]]}, "tuple": (1, 2)}
READ = json.loads(json.dumps(VALUE))


def test_what_was_written_is_read(tmp_path: Path) -> None:
    write_json_object(tmp_path / "a.json", VALUE)
    assert read_json_object(tmp_path / "a.json") == READ
    assert len(json.loads((tmp_path / "a.json").read_bytes())[CHECKSUM]) == 64


def test_numbers_as_keys(tmp_path: Path) -> None:
    write_json_object(tmp_path / "a.json", {"by": {number: number for number in (1, 2, 10)}})
    assert read_json_object(tmp_path / "a.json") == {"by": {"1": 1, "2": 2, "10": 10}}


def test_spelling_does_not_matter_and_order_neither(tmp_path: Path) -> None:
    write_json_object(tmp_path / "a.json", VALUE)
    stored = json.loads((tmp_path / "a.json").read_bytes())
    (tmp_path / "a.json").write_text(json.dumps(dict(reversed(stored.items()))))
    assert read_json_object(tmp_path / "a.json") == READ


def test_an_older_document_has_none(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(VALUE))
    assert read_json_object(tmp_path / "a.json") == READ


def test_no_flipped_bit_changes_what_is_read(tmp_path: Path) -> None:
    write_json_object(tmp_path / "a.json", VALUE)
    whole = (tmp_path / "a.json").read_bytes()
    chance, refused = random.Random(5), 0
    for _ in range(600):
        mutant = bytearray(whole)
        mutant[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        (tmp_path / "a.json").write_bytes(mutant)
        try:
            found = read_json_object(tmp_path / "a.json")
        except ValueError:
            refused += 1
        else:  # white space, or the word "checksum" itself
            assert {key: found[key] for key in READ} == READ
    assert refused > 400


def test_one_document_does_not_pass_for_another(tmp_path: Path) -> None:
    write_json_object(tmp_path / "a.json", VALUE)
    os.rename(tmp_path / "a.json", tmp_path / "b.json")
    with pytest.raises(ValueError, match="its checksum does not fit"):
        read_json_object(tmp_path / "b.json")


def test_what_is_left_out_is_said_and_what_is_missing_is_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert find_json_object(tmp_path / "none.json") is None
    assert capsys.readouterr().err == ""
    write_json_object(tmp_path / "a.json", {"digit": 1})
    text = (tmp_path / "a.json").read_text()
    (tmp_path / "a.json").write_text(text.replace('"digit": 1', '"digit": 2'))
    assert find_json_object(tmp_path / "a.json") is None
    assert "a.json is left out: a.json is damaged" in capsys.readouterr().err
    for content in ("[" * 100_000, "[1]", '{"a": NaN}', '{"a": 1, "a": 2}', ""):
        (tmp_path / "a.json").write_text(content)
        assert find_json_object(tmp_path / "a.json") is None


@pytest.mark.parametrize("text", ['{"a": "\\ud800"}', '{"\\uDFFF": 1}', '[{"b": ["x\\udead"]}]'])
def test_half_a_character_is_refused(text: str) -> None:
    """Nothing could write it again, and libraries that are handed it raise what nobody expects."""
    with pytest.raises(ValueError, match="half a character"):
        parse_json(text.encode())


def test_a_pair_of_surrogates_is_a_character() -> None:
    assert parse_json(b'{"a": "\\ud83e\\udd8a"}') == {"a": "\N{FOX FACE}"}
