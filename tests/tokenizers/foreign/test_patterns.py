"""Patterns of published tokenizers are taken; those that may take for ever are not."""
# ruff: noqa: RUF001, patterns name characters that look like others

import pytest
from tokenizers import Regex
from tokenizers.pre_tokenizers import Split

from pocket_narrator.tokenizers.foreign.patterns import why_endless

GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
BLANKS = r"|\s*[\r\n]+|\s+(?!\S)|\s+"
SIGNS = r"| ?[^\s\p{L}\p{N}]+[\r\n]*" + BLANKS
LLAMA3 = CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}" + SIGNS
QWEN2 = LLAMA3.replace("{1,3}", "")
CAPITALS, SMALL = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
WORDS = [rf"[^\r\n\p{{L}}\p{{N}}]?{CAPITALS}{some}{SMALL}{others}" for some, others in ("*+", "+*")]
O200K = "|".join(f"{word}{CONTRACTIONS}?" for word in WORDS) + r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*" + BLANKS
TEKKEN = "|".join(WORDS) + r"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*" + BLANKS
NUMBERS_FROM_THE_RIGHT = r"\d{1,3}(?=(?:\d{3})*\b)"

IN_USE = {  # as published; models that are named together have the same
    "GPT-2, RoBERTa, OPT; ByteLevel's own of Pythia, GPT-NeoX, OLMo, StarCoder, SmolLM, RWKV-4": GPT2,
    "GPT-2 in tiktoken": r"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s",
    "GPT-4 (cl100k) in tiktoken": r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+"
    r"|\s++$|\s*[\r\n]|\s+(?!\S)|\s",
    "Llama 3, Phi-4, OLMo 2, SmolLM3, GLM-4, cl100k": LLAMA3,
    "Qwen 2 and 3": QWEN2,
    "Qwen 3.5": QWEN2.replace(r"?\p{L}+", r"?[\p{L}\p{M}]+").replace(r"^\s\p{L}", r"^\s\p{L}\p{M}"),
    "Seed-Coder": QWEN2.replace(r"|\p{N}|", r"|\p{N}{1}|"),
    "GPT-4o, gpt-oss (o200k), Llama 4": O200K,
    "Mistral (Tekken)": TEKKEN,
    "Kimi K2": r"[\p{Han}]+|" + O200K.replace(r"\p{M}]", r"\p{M}&&[^\p{Han}]]").replace("/]*", "]*"),
    "DeepSeek V3, first": r"\p{N}{1,3}",
    "DeepSeek V3, second": "[一-龥぀-ゟ゠-ヿ]+",
    "DeepSeek V3, third": r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"
    r"| ?[\p{P}\p{S}]+[\r\n]*" + BLANKS,
    "DeepSeek LLM, of signs": r"\s?[!-/:-~！-／：-～‘-‟　-。]+",
    "Falcon": "[0-9][0-9][0-9]",
    "BLOOM": r" ?[^(\s|[.,!?…。，、।۔،])]+",
    "Viking, Poro": r" ?[^(\s|.,!?…。，、।۔،)]+",
    "CLIP": r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+",
    "Ling": r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+",
    "Jais 2": LLAMA3.removesuffix(r"|\s+(?!\S)|\s+")
    + "".join(rf"|\s{{{many}}}(?!\S)" for many in (512, 256, 128, 64, 32, 16, 8, 4, "1,2"))
    + r"|\s{1}",
    "Tiny Aya": NUMBERS_FROM_THE_RIGHT,
    "SuperBPE": r"(?=(\d{3})+(?!\d))",
    "of code points, after what stands before": r"(?<=\p{L})\p{N}{1,3}|\x{1F600}+",
}
# Tokenizers of SentencePiece's (Gemma, Phi-3) part a text by a plain string or not at all, and RWKV's own has no pattern.


@pytest.mark.parametrize("name", IN_USE)
def test_patterns_in_use_are_taken(name: str) -> None:
    assert why_endless(IN_USE[name]) is None
    Split(Regex(IN_USE[name]), "isolated").pre_tokenize_str("I'll add 1234567 apples, naïvely…\r\n  物語!\n")


@pytest.mark.parametrize("pattern", [r"\p{N}{1,3}+", NUMBERS_FROM_THE_RIGHT, r"(?=(\d{3})+(?!\d))"])
def test_what_patterns_in_use_repeat_twice_is_parted_soon(pattern: str) -> None:
    """A search that tried every way would not come back."""
    for text in ("7" * 1000, "7" * 1000 + "x"):
        parts = Split(Regex(pattern), "isolated").pre_tokenize_str(text)
        assert "".join(part for part, _ in parts) == text


@pytest.mark.parametrize(
    "pattern",
    [
        *("(a+)+", "(a|ab)*", "((a{2,})b)+", "(?:a*)*", "(x[)]a+){3,}", r"(\(+)*"),
        *("(?#[)(x+x+)+y", "(?x)(x+x+) +y", "(x+x+)(?#c)+y", "x{1,1000}{1,1000}y", r"(?<n>x\g<n>?x\g<n>?)y"),
        *("(?:x?){1,40}y", "x{1,40}{1,40}", "x+{2,}", r"(x+)\1+y", "(?~x+)", "(?(1)a|b)", "(?'n'x+)+y", "(?i-x:a )"),
        *("(?:x?)*y", "x*x*x*x*y", "x{0,1000}x{0,1000}x*x*y", "(?:x*x*)x*x*y", "x+?+y", "(?P<n>x+)"),
        *("x{1,3}+y", "(?:x{1,3}+)y", "(?=x{1,3}+)y", "(?:x{1,3}+|a)*y", "x{1,3}+{2}"),
        *("(?:x{3}?)+y", "((x{3})+)+y", "(?:x{,3})+y", "(?:x{3,})+y"),
    ],
)
def test_patterns_without_end_are_found(pattern: str) -> None:
    assert why_endless(pattern) is not None
