"""The tokenizer of prepared data, with its hash beside it: until there is a token store, nothing else would tell that a
letter of it has changed."""

import hashlib
from pathlib import Path

from pocket_narrator.errors import TokenizerError
from pocket_narrator.files.json_file import read_json_object, write_json_object
from pocket_narrator.files.plain_file import read_plain
from pocket_narrator.tokenizers import Tokenizer


def keep_tokenizer(tokenizer: Tokenizer, path: Path) -> None:
    """Writes `tokenizer.json` and, before it, `tokenizer.sha256.json`. Raises OSError."""
    write_json_object(_hash_of(path), {"sha256": hashlib.sha256(tokenizer.to_text().encode()).hexdigest()})
    tokenizer.save(path)


def open_kept_tokenizer(path: Path) -> Tokenizer:
    """Raises TokenizerError where it is missing or damaged. One of an older version has no hash beside it."""
    try:
        expected = read_json_object(_hash_of(path)).get("sha256")
        is_whole = hashlib.sha256(read_plain(path)).hexdigest() == expected
    except FileNotFoundError:
        is_whole = True
    except (OSError, ValueError) as error:
        raise TokenizerError(f"the tokenizer cannot be verified: {_hash_of(path).name} {error}") from None
    if not is_whole:
        raise TokenizerError(f"{path.name} is not what was written: its SHA-256 differs", where=str(path))
    return Tokenizer.load(path)


def _hash_of(path: Path) -> Path:
    return path.with_suffix(".sha256.json")
