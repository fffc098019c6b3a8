"""A tokenizer as `tokenizer.js` reads it: its tokens' bytes, merges or scores, and the patterns that part a text."""

import json
import re
from typing import Any

import numpy as np

from pocket_narrator.errors import InteropError
from pocket_narrator.interop.page.container import Container
from pocket_narrator.interop.page.patterns import PatternError, to_javascript
from pocket_narrator.tokenizers import Tokenizer
from pocket_narrator.tokenizers.spelling import BLANK, parts_at_blanks, spelling_of, writes_blanks_as_pieces

# GPT-2's split, which ByteLevel does by itself.
GPT2_SPLIT = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
_BYTE = re.compile(r"<0x([0-9A-F]{2})>")


def tell_tokenizer(tokenizer: Tokenizer, container: Container) -> dict[str, Any]:
    """What a page has to know of a tokenizer; tables go into the container. InteropError for one whose way of parting texts
    `tokenizer.js` does not have."""
    parsed = json.loads(tokenizer.to_text())
    model = parsed["model"]
    spelled = [tokenizer.token_bytes(token) for token in range(tokenizer.vocabulary_size)]
    found = {
        "end_of_text": tokenizer.end_of_text,
        "control": sorted(tokenizer.control_tokens),
        "longest": tokenizer.longest_token,
        "bytes": container.add(np.frombuffer(b"".join(spelled), np.uint8)),
        "lengths": container.add(np.array([*map(len, spelled)], np.uint16)),
        "splits": _splits(parsed),
        "added": _added(parsed),
        "seams": None if tokenizer.seams is None else _javascript(tokenizer.seams.pattern),
        **_symbols(parsed, model),
    }
    if model.get("type") == "Unigram":
        scores = np.zeros(tokenizer.vocabulary_size)
        scores[: len(model["vocab"])] = [score for _, score in model["vocab"]]
        return {**found, "kind": "unigram", "scores": container.add(scores)}
    return {
        **found,
        "kind": "bpe",
        "whole_words_first": bool(model.get("ignore_merges")),
        "merges": container.add(_merges(model)),
    }


def _symbols(parsed: dict, model: dict) -> dict[str, Any]:
    """The tokens of single bytes, whether a text is spelled by those alone, and which tokens are no pieces of text."""
    vocabulary = model["vocab"]
    ids = vocabulary if isinstance(vocabulary, dict) else {name: place for place, (name, _) in enumerate(vocabulary)}
    if spelling_of(parsed) == "bytes":
        from pocket_narrator.tokenizers.byte_level import BYTE_CHARACTERS

        return {"by_bytes": True, "byte_tokens": [ids[name] for name in BYTE_CHARACTERS], "not_pieces": []}
    if model.get("continuing_subword_prefix") or model.get("end_of_word_suffix"):
        raise _lacks("words whose parts are marked")
    named = {int(match[1], 16): token for name, token in ids.items() if (match := _BYTE.fullmatch(name))}
    tokens = [named.get(byte, ids.get(chr(byte), -1) if byte < 128 else -1) for byte in range(256)]
    return {"by_bytes": False, "byte_tokens": tokens, "not_pieces": sorted(named.values())}


def _merges(model: dict) -> np.ndarray:
    """[merges, 3]: left, right, and what they become; by rank."""
    ids = model["vocab"]
    pairs = [pair if isinstance(pair, list) else pair.split(" ", 1) for pair in model.get("merges", ())]
    return np.array([(ids[a], ids[b], ids[a + b]) for a, b in pairs], np.int32).reshape(-1)


def _added(parsed: dict) -> list[list[Any]]:
    """Tokens that are found in a text before anything else: [text, id]."""
    added = [token for token in parsed.get("added_tokens") or () if not token.get("special")]
    for token in added:
        if token.get("single_word") or (token.get("normalized") and parsed.get("normalizer")):
            raise _lacks(f"the added token {token['content']!r:.60}, which is found in some places only")
    return [[token["content"], token["id"]] for token in added]


def _splits(parsed: dict) -> list[str]:
    """Patterns whose matches, one pattern after the other, part a text; what none matches is a part too."""
    normalizers = _members(parsed.get("normalizer"), "normalizers")
    if any(part != {"type": "Replace", "pattern": {"String": " "}, "content": BLANK} for part in normalizers):
        raise _lacks("a normalizer other than the one that writes blanks")
    found = []
    for part in _members(parsed.get("pre_tokenizer"), "pretokenizers"):
        if part["type"] == "ByteLevel":
            found += [GPT2_SPLIT] if part.get("use_regex", True) else []
        elif part["type"] == "Split" and part.get("behavior") == "Isolated" and not part.get("invert"):
            pattern = part["pattern"]
            found.append(pattern["Regex"] if "Regex" in pattern else re.escape(pattern["String"]))
        elif part["type"] == "Digits":
            found.append(r"\p{N}" if part.get("individual_digits") else r"\p{N}+")
        elif part["type"] == "Metaspace" and writes_blanks_as_pieces(parsed):
            found += [r" [^ ]*"] if part.get("split", True) else []
        else:
            raise _lacks(f"the pre-tokenizer {part['type']} as it is set")
    if not found and (parts := parts_at_blanks(parsed)) is not None:
        found = [parts.pattern]
    return [*map(_javascript, found)]


def _members(part: dict | None, name: str) -> list[dict]:
    return [] if part is None else part[name] if part.get("type") == "Sequence" else [part]


def _javascript(pattern: str) -> str:
    try:
        return to_javascript(pattern)
    except PatternError as error:
        raise _lacks(f"the pattern {pattern[:60]!r}: {error}") from None


def _lacks(what: str) -> InteropError:
    return InteropError(
        f"a page cannot spell texts with this tokenizer: it has {what}",
        expected="byte-level BPE split as GPT-2's or by a plain pattern, characters, or SentencePiece's BPE or Unigram with bytes",
        hint="train with tokenizer.kind=bpe or character, or export with --to hf, which takes any tokenizer",
    )
