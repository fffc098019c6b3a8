"""Tokenizers of every kind that a page spells with, and texts that nobody would write."""

import io
import random
from collections.abc import Callable, Iterator
from pathlib import Path

from tokenizers import AddedToken, Regex, decoders, models, pre_tokenizers, trainers
from tokenizers import Tokenizer as HuggingFaceTokenizer

from pocket_narrator.storyworld.story import make_story
from pocket_narrator.tokenizers import Tokenizer
from pocket_narrator.tokenizers.bpe import train_bpe
from pocket_narrator.tokenizers.character import train_character
from pocket_narrator.tokenizers.foreign.pretrained import open_tokenizer
from tests.interop.page.test_patterns import LLAMA_3

STRANGE = [
    *(
        "<|endoftext|>",
        "</s>",
        "<0x41>",
        "<unk>",
        "<s>",
        "\u2581",
        "<sep>",
        "xyz",
        "zoo",
        "   ",
        "'S",
        "'\u017f",
        "'LL don't",
    ),
    *(
        "\ufeff",
        "\x85",
        "\u200d\ufe0f",
        "\U0001f469\u200d\U0001f467 e\u0301 \u212a",
        "\r\n",
        "\x00",
        "\U000323b0\u088f",
    ),
]


def stories() -> list[str]:
    told = [make_story(index, 0).text for index in range(100)]
    return told + ["caf\u00e9 na\u00efve \u4e16\u754c \U0001f642\U0001f680 don't we'll \u2581 123 4567 89\n\n\tx"] * 20


def make_tokenizers(folder: Path) -> Iterator[tuple[str, Tokenizer]]:
    text = stories()
    yield "bpe", train_bpe(text, 600)
    yield "character", train_character(text, 300)
    for kind in ("bpe", "unigram"):
        yield f"SentencePiece {kind}", _sentencepiece(folder / f"{kind}.model", kind, text)
    yield "as Llama 3's", _with_a_pattern(text)


def _sentencepiece(path: Path, kind: str, text: list[str]) -> Tokenizer:
    import sentencepiece

    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(text), model_writer=written, vocab_size=500, model_type=kind, byte_fallback=True,
        normalization_rule_name="identity", add_dummy_prefix=False, remove_extra_whitespaces=False,
        user_defined_symbols=["<sep>", "xyz"] if kind == "bpe" else [], minloglevel=2,
    )  # fmt: skip
    path.write_bytes(written.getvalue())
    return open_tokenizer(path).tokenizer


def _with_a_pattern(text: list[str]) -> Tokenizer:
    inner = HuggingFaceTokenizer(models.BPE())
    split = pre_tokenizers.Split(Regex(LLAMA_3), "isolated")
    inner.pre_tokenizer = pre_tokenizers.Sequence(
        [split, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    inner.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=600, special_tokens=["<|endoftext|>"], initial_alphabet=alphabet, show_progress=False
    )
    inner.train_from_iterator(text, trainer)
    inner.add_tokens([AddedToken("   ", normalized=True), AddedToken("zoo", normalized=False)])
    return Tokenizer(inner.to_str())


def strange_texts(count: int, seed: int = 0) -> list[str]:
    """Parts of stories, emoji, controls, any characters at all, and broken UTF-8 as it is read."""
    chance, told = random.Random(seed), stories()

    def part_of_a_story() -> str:
        story = chance.choice(told)
        begin = chance.randrange(len(story))
        return story[begin : begin + chance.randrange(40)]

    def characters(begin: int, end: int, most: int) -> str:
        codes = (chance.randrange(begin, end) for _ in range(chance.randrange(most)))
        return "".join(chr(code) for code in codes if not 0xD800 <= code < 0xE000)

    kinds: list[Callable[[], str]] = [
        part_of_a_story,
        part_of_a_story,
        lambda: characters(0, 32, 6),
        lambda: characters(0x1F300, 0x1FAFF, 5),
        lambda: characters(0, 0x110000, 6),
        lambda: characters(0x80, 0x3000, 5),
        lambda: chance.randbytes(chance.randrange(12)).decode(errors="replace"),
        lambda: chance.choice(STRANGE),
        lambda: " " * chance.randrange(5) + "\n" * chance.randrange(3),
        lambda: str(chance.randrange(10**6)),
    ]
    return ["".join(chance.choice(kinds)() for _ in range(chance.randrange(1, 6))) for _ in range(count)]
