"""JSON that may come from anywhere: limited in size and depth, without duplicate keys or NaN, in one canonical spelling."""

import json
import re
from pathlib import Path

SIZE_LIMIT = 16 * 2**20  # bytes
DEPTH_LIMIT = 64

_STRINGS_AND_BRACKETS = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)


def dump_json(value: object) -> bytes:
    """The canonical spelling: sorted keys, one space of indentation, UTF-8, a final newline; NaN and infinity are refused."""
    return (json.dumps(value, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode("utf-8")


def parse_json(data: bytes) -> object:
    """Raises ValueError, saying why, for anything that is not plain JSON within the limits."""
    if len(data) > SIZE_LIMIT:
        raise ValueError(f"holds {len(data):,} bytes of JSON and may hold {SIZE_LIMIT:,}")
    _check_depth(data)
    try:
        return json.loads(data.decode("utf-8"), object_pairs_hook=_unique_keys, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"is not valid JSON ({error})") from error


def read_json_object(path: Path) -> dict:
    """The JSON object in `path`. Raises ValueError, saying why, and OSError."""
    with open(path, "rb") as stream:
        value = parse_json(stream.read(SIZE_LIMIT + 1))
    if not isinstance(value, dict):
        raise ValueError("does not hold a JSON object")
    return value


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
