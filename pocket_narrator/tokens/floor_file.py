"""The entropy floor of a corpus's validation stories, kept beside the corpus: it takes as long to count as to tell them."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from pocket_narrator.files.json_file import parse_json, say_on_stderr, without_checksum, write_json_object
from pocket_narrator.files.plain_file import open_plain

_MOST_STORIES = 500_000  # whose bits are kept one by one
_MOST_BYTES = 16 * 2**20


class KeptFloor(NamedTuple):
    """Entropy of the validation stories: bits per byte of text, its standard error, and the bits of each story if they are known."""

    bits_per_byte: float
    standard_error: float
    bits: tuple[float, ...] | None = None


def read_floor(path: Path, text_bytes: int) -> KeptFloor | None:
    """The floor of stories with `text_bytes` of text; None where there is no file, and where it is damaged or of another text,
    which is said. Older files do not hold the bits of each story."""
    try:
        with open_plain(path) as stream:
            stored = parse_json(stream.read(_MOST_BYTES + 1), _MOST_BYTES)
        bits = None
        if isinstance(stored, dict):
            stored = without_checksum(path.name, stored)
            if stored.pop("text_bytes", None) != text_bytes:
                raise ValueError("is of another text")
            bits = stored.pop("bits", None)
            stored = [stored.pop("bits_per_byte", None), stored.pop("standard_error", None)]
        # An older version wrote the two numbers alone.
        if not isinstance(stored, list) or len(stored) != 2 or not all(map(_is_figure, stored)):
            raise ValueError("does not hold a floor and its standard error")
        if bits is not None and not (isinstance(bits, list) and all(map(_is_figure, bits))):
            raise ValueError("does not hold the bits of each story")
        return KeptFloor(float(stored[0]), float(stored[1]), None if bits is None else tuple(map(float, bits)))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        say_on_stderr(f"entropy floor: {path.name} {error}; counting it again")
        return None


def write_floor(
    path: Path, bits_per_byte: float, standard_error: float, text_bytes: int, bits: Sequence[float]
) -> KeptFloor:
    """Atomically; gives back what is kept. Raises OSError."""
    kept = KeptFloor(bits_per_byte, standard_error, tuple(bits) if len(bits) <= _MOST_STORIES else None)
    values = {"bits_per_byte": bits_per_byte, "standard_error": standard_error, "text_bytes": text_bytes}
    write_json_object(path, values | ({} if kept.bits is None else {"bits": list(kept.bits)}))
    return kept


def _is_figure(value: object) -> bool:
    return type(value) in (int, float) and math.isfinite(value) and value >= 0  # type: ignore[arg-type, operator]
