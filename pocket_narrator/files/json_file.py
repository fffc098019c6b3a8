"""JSON that may come from anywhere: limited in size and depth, without duplicate keys or NaN, in one canonical spelling.

Documents of ours carry a checksum over their name and values, so that a changed digit, or one document in another's place,
does not go unnoticed.
"""

import hashlib
import json
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pocket_narrator.files.atomic import atomic_writer
from pocket_narrator.files.plain_file import open_plain

SIZE_LIMIT = 16 * 2**20  # bytes
DEPTH_LIMIT = 64
CHECKSUM = "checksum"

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_SURROGATE_IN_TEXT = re.compile(r"\\u[dD][89a-fA-F]")
_LONE = re.compile("[\ud800-\udfff]")
_STRINGS_AND_BRACKETS = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)


def dump_json(value: object) -> bytes:
    """The canonical spelling: sorted keys, one space of indentation, UTF-8, a final newline; NaN and infinity are refused. What is
    no character, such as of a file name in another encoding, becomes U+FFFD."""
    text = json.dumps(value, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        return whole_characters(text).encode("utf-8")


def parse_json(data: bytes, size_limit: int = SIZE_LIMIT) -> object:
    """Raises ValueError, saying why, for anything that is not plain JSON within the limits."""
    if len(data) > size_limit:
        raise ValueError(f"holds {len(data):,} bytes of JSON and may hold {size_limit:,}")
    _check_depth(data)
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_unique_keys, parse_constant=_refuse_constant)
        refuse_half_characters(data, value)
        return value
    except (ValueError, RecursionError) as error:
        raise ValueError(f"is not valid JSON ({error})") from error


def refuse_half_characters(data: bytes, value: object) -> None:
    """Raises ValueError where a text in `value`, which `data` spells, holds a lone surrogate: nothing can write it again."""
    if _SURROGATE.search(data):
        try:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
        except UnicodeEncodeError:
            raise ValueError("half a character, a lone surrogate, in a text") from None


def with_whole_characters(text: str, value: Any) -> Any:
    """`value`, which `text` spells, with U+FFFD in place of every lone surrogate: of what strangers wrote, and is to be read."""
    return _whole(value) if _SURROGATE_IN_TEXT.search(text) else value


def whole_characters(text: str) -> str:
    """The same of a text."""
    return _LONE.sub("\ufffd", text)


def _whole(value: Any) -> Any:
    if isinstance(value, str):
        return whole_characters(value)
    if isinstance(value, list):
        return [_whole(one) for one in value]
    if isinstance(value, dict):
        return {_whole(key): _whole(one) for key, one in value.items()}
    return value


def write_json_object(path: Path, value: Mapping[str, object]) -> None:
    """Writes a document with its checksum, atomically. Raises OSError."""
    with atomic_writer(path, binary=True) as stream:
        stream.write(dump_json(with_checksum(path.name, value)))


def read_json_object(path: Path, size_limit: int = SIZE_LIMIT) -> dict:
    """The JSON object in `path`, without its checksum. One without was written by an older version, and is taken as it is.

    Raises ValueError, saying why, and OSError.
    """
    with open_plain(path) as stream:
        value = parse_json(stream.read(size_limit + 1), size_limit)
    if not isinstance(value, dict):
        raise ValueError("does not hold a JSON object")
    return without_checksum(path.name, value)


def find_json_object(path: Path, size_limit: int = SIZE_LIMIT) -> dict | None:
    """The same for who goes on without it: None where it is not there, and where it is damaged, which is said (on stderr)."""
    try:
        return read_json_object(path, size_limit)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        say_on_stderr(f"{path} is left out: {path.name} {error}")
        return None


def say_on_stderr(message: str) -> None:
    """Never among what a command prints."""
    print(message, file=sys.stderr, flush=True)


def with_checksum(name: str, value: Mapping[str, object]) -> dict[str, object]:
    """`value` as it is to stand in the file `name`."""
    assert CHECKSUM not in value
    stored = json.loads(dump_json(value))  # as it will be read: tuples are lists there, and keys are strings
    return {**value, CHECKSUM: _checksum(name, stored)}


def without_checksum(name: str, value: dict) -> dict:
    """Raises ValueError where a checksum is there and does not fit."""
    found = {key: one for key, one in value.items() if key != CHECKSUM}
    if CHECKSUM in value and value[CHECKSUM] != _checksum(name, found):
        raise ValueError("is damaged: its checksum does not fit what it holds")
    return found


def _checksum(name: str, value: Mapping[str, object]) -> str:
    return hashlib.sha256(os.fsencode(name) + b"\n" + dump_json(value)).hexdigest()


def _check_depth(data: bytes) -> None:
    depth = 0
    for match in _STRINGS_AND_BRACKETS.finditer(data):
        first = data[match.start()]
        if first in b"[{":
            depth += 1
            if depth > DEPTH_LIMIT:
                raise ValueError(f"is nested more than {DEPTH_LIMIT} levels deep")
        elif first in b"]}":
            depth -= 1


def _unique_keys(pairs: list[tuple[str, object]]) -> dict:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("the same key twice")
    return result


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON number")
