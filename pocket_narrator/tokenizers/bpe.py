"""Byte-level BPE trained on stories, in the form of GPT-2's tokenizer."""

from collections.abc import Iterable

from tokenizers import Tokenizer as HuggingFaceTokenizer
from tokenizers import decoders, models, pre_tokenizers, processors

from pocket_narrator.errors import TokenizerError
from pocket_narrator.tokenizers.byte_level import BYTE_CHARACTERS, spell_bytes
from pocket_narrator.tokenizers.counting import count_words
from pocket_narrator.tokenizers.merges import learn_merges
from pocket_narrator.tokenizers.tokenizer import Tokenizer

END_OF_TEXT = "<|endoftext|>"
SMALLEST_VOCABULARY = 257  # every byte, and the end-of-text token


def train_bpe(stories: Iterable[str], vocabulary_size: int, workers: int = 1) -> Tokenizer:
    """Learns merges from `stories`; id 0 is the end-of-text token, 1 to 256 are the bytes, then the merges.

    Deterministic, and the same for any number of `workers`, which count the words. A small corpus gives fewer merges
    than asked for (each word is one token then), so ask the result for its `vocabulary_size`.
    Raises TokenizerError if `vocabulary_size` cannot hold the bytes.
    """
    refuse_small_vocabulary(vocabulary_size)
    counts = {word.encode(): count for word, count in count_words(stories, workers).items()}
    # The order of the characters that stand for the bytes; it decides between merges of equal count.
    alphabet = [bytes([byte]) for _, byte in sorted(zip(BYTE_CHARACTERS, range(256), strict=True))]
    merges, added = learn_merges(counts, alphabet, 1, vocabulary_size)
    names = [END_OF_TEXT, *map(spell_bytes, (*alphabet, *added))]
    return Tokenizer(byte_level_bpe(names, [(names[left], names[right]) for left, right in merges], END_OF_TEXT))


def byte_level_bpe(
    names: list[str], merges: list[tuple[str, str]], end_of_text: str, *, whole_words_first: bool = False
) -> str:
    """The `tokenizer.json` of GPT-2's kind with these tokens (the place is the id) and merges.

    `whole_words_first`: a word that is a token is that token, whatever the merges say.
    """
    vocabulary = {name: place for place, name in enumerate(names)}
    inner = HuggingFaceTokenizer(models.BPE(vocabulary, merges, ignore_merges=whole_words_first))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    inner.post_processor = processors.ByteLevel(trim_offsets=False)
    inner.add_special_tokens([end_of_text])
    return inner.to_str()


def refuse_small_vocabulary(vocabulary_size: int) -> None:
    """Raises TokenizerError if `vocabulary_size` cannot hold every byte and the end-of-text token."""
    if vocabulary_size < SMALLEST_VOCABULARY:
        raise TokenizerError(
            f"a vocabulary of {vocabulary_size} is too small",
            expected=f"at least {SMALLEST_VOCABULARY}: every byte and the end-of-text token",
            hint=f"vocabulary_size={SMALLEST_VOCABULARY} or more",
        )


def describe_size(tokenizer: Tokenizer, wanted: int) -> str:
    """The size of a trained tokenizer, and why it is not the one asked for where it is not."""
    size = tokenizer.vocabulary_size
    if size >= wanted:
        return f"{size:,} tokens"
    return f"{size:,} tokens, not {wanted:,}: the text gives no more than {size - SMALLEST_VOCABULARY:,} merges"
