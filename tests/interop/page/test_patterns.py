"""Patterns of tokenizers in JavaScript's own form."""

import re

import pytest

from pocket_narrator.interop.page.patterns import PatternError, to_javascript
from pocket_narrator.interop.page.tokenizer import GPT2_SPLIT

LLAMA_3 = r"(?i:'s|'re)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (r"\s+(?!\S)", r"\p{White_Space}+(?!\P{White_Space})"),
        (r"(?i:'s)", "(?:'[sS\u017f])"),
        (r"[^\s\p{Lu}]{1,3}\d?", r"[^\p{White_Space}\p{Lu}]{1,3}\p{Nd}?"),
        (re.escape("a b-c<|#"), r"a\u{20}b\u{2d}c<\|\u{23}"),
        (r"(?<=<)(?=0x[0-9A-F]{2}>)", r"(?<=<)(?=0x[0-9A-F]{2}>)"),
        (r".[.^$?]\.", r"[^\n][.^$?]\."),
    ],
)
def test_it_is_the_same_pattern(pattern: str, expected: str) -> None:
    assert to_javascript(pattern) == expected


@pytest.mark.parametrize("pattern", [GPT2_SPLIT, LLAMA_3])
def test_patterns_in_use_are_known(pattern: str) -> None:
    assert "\\s" not in to_javascript(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        r"\p{L}++a",
        r"\p{N}?+",
        r"\p{Han}",
        r"\p{^L}",
        r"\bword",
        r"[a-z&&[^b]]",
        r"[[a]b]",
        r"(?i:\p{L})",
        r"\A",
        r"(?i:a1\x)",
        r"(?i:[sdmt]|ll)",
        r"(?i:a.)",
        r"(?i)a",
        r"(?>a)",
        r"(?<name>a)",
        r"^a",
        r"a$",
    ],
)
def test_what_is_not_known_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError, match=r"it holds|a class in a class"):
        to_javascript(pattern)
