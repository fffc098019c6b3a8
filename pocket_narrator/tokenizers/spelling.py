"""What each id of a `tokenizer.json` spells, and, where text does not come back from its ids, why not."""

import re
from collections.abc import Iterator
from typing import Literal

from tokenizers import Tokenizer as HuggingFaceTokenizer

from pocket_narrator.tokenizers.byte_level import read_bytes

BLANK = "\u2581"  # SentencePiece writes a blank so
_BYTE = re.compile(r"<0x([0-9A-F]{2})>")

Kind = Literal["bytes", "pieces", "text"]  # GPT-2's table; SentencePiece's way, with tokens <0x..>; names as they are


def spelling_of(tokenizer: dict) -> Kind:
    """How a parsed `tokenizer.json` writes its tokens."""
    parts = {str(part.get("type")) for key in ("pre_tokenizer", "decoder") for part in _parts(tokenizer.get(key))}
    if "ByteLevel" in parts:
        return "bytes"
    return "pieces" if (tokenizer.get("model") or {}).get("byte_fallback") else "text"


def writes_blanks_as_pieces(tokenizer: dict) -> bool:
    """Whether a blank is written as U+2581 in the vocabulary."""
    for key in ("normalizer", "pre_tokenizer", "decoder"):
        for part in _parts(tokenizer.get(key)):
            if part.get("type") == "Metaspace" or (part.get("type") == "Replace" and BLANK in str(part)):
                return True
    return False


def bytes_of_ids(tokenizer: dict, inner: HuggingFaceTokenizer, vocabulary_size: int) -> list[bytes]:
    """The bytes of every id; those of an added token are its name."""
    kind, blanks = spelling_of(tokenizer), writes_blanks_as_pieces(tokenizer)
    added = inner.get_added_tokens_decoder()
    spelled = [b""] * vocabulary_size
    for name, token in inner.get_vocab(with_added_tokens=True).items():
        raw = None
        if token not in added:
            if kind == "bytes":
                raw = read_bytes(name)
            elif kind == "pieces" and (match := _BYTE.fullmatch(name)):
                raw = bytes([int(match[1], 16)])
            elif blanks:
                raw = name.replace(BLANK, " ").encode()
        spelled[token] = name.encode() if raw is None else raw
    return spelled


def parts_at_blanks(tokenizer: dict) -> re.Pattern[str] | None:
    """A pattern whose matches no token goes across: a run of blanks and what follows it. None if tokens may."""
    model = tokenizer.get("model") or {}
    added = tokenizer.get("added_tokens", ())
    inside = re.compile(f"[^{BLANK}]{BLANK}")
    names: Iterator[str] = iter(model.get("vocab") or ())
    if model.get("type") == "Unigram":
        names = (name for name, _ in model["vocab"])
    if (
        not writes_blanks_as_pieces(tokenizer)
        or spelling_of(tokenizer) != "pieces"
        or tokenizer.get("pre_tokenizer")
        or [part.get("type") for part in _parts(tokenizer.get("normalizer"))] != ["Replace"]
        or any(" " in token["content"] for token in added)
        or any(inside.search(name) for name in names)
    ):
        return None
    return re.compile(r" *[^ ]+| +")


def why_text_changes(tokenizer: dict) -> str:
    """The first setting of a parsed `tokenizer.json` that keeps a text from coming back as it was."""
    model = tokenizer.get("model") or {}
    normalizers = [str(part.get("type")) for part in _parts(tokenizer.get("normalizer"))]
    for part in _parts(tokenizer.get("pre_tokenizer")):
        if part.get("add_prefix_space") or part.get("prepend_scheme") in ("first", "always"):
            return f"it puts a blank before every text (pre_tokenizer {part.get('type')})"
    if "Prepend" in normalizers:
        return "it puts a blank before every text (normalizer Prepend)"
    changing = [name for name in normalizers if name != "Replace"]
    if changing:
        return f"it changes the text first (normalizer {', '.join(changing)})"
    if model.get("type") not in ("BPE", "Unigram"):
        return f"its kind, {model.get('type')}, has no tokens for text that it does not know"
    if spelling_of(tokenizer) == "text":
        return "it has no tokens for single bytes, so characters that it does not know are lost"
    return "its parts (normalizer, pre_tokenizer, decoder) do not fit together"


def _parts(section: dict | None) -> list[dict]:
    """The members of a Sequence, or the one part itself."""
    if not isinstance(section, dict):
        return []
    for key in ("normalizers", "pretokenizers", "decoders"):
        if isinstance(members := section.get(key), list) and members:
            return [part for member in members for part in _parts(member)]
    return [section]
