"""Byte-level BPE trained on stories, in the form of GPT-2's tokenizer."""

from collections.abc import Iterable

from tokenizers import Tokenizer as HuggingFaceTokenizer
from tokenizers import decoders, models, pre_tokenizers, processors, trainers

from pocket_narrator.errors import TokenizerError
from pocket_narrator.tokenizers.tokenizer import Tokenizer

END_OF_TEXT = "<|endoftext|>"
SMALLEST_VOCABULARY = 257  # every byte, and the end-of-text token


def train_bpe(stories: Iterable[str], vocabulary_size: int) -> Tokenizer:
    """Learns merges from `stories`; id 0 is the end-of-text token, 1 to 256 are the bytes, then the merges.

    Deterministic. A small corpus may give fewer merges than asked for, so ask the result for its `vocabulary_size`.
    Raises TokenizerError if `vocabulary_size` cannot hold the bytes.
    """
    if vocabulary_size < SMALLEST_VOCABULARY:
        raise TokenizerError(
            f"a vocabulary of {vocabulary_size} is too small",
            limit=f"at least {SMALLEST_VOCABULARY}: every byte and the end-of-text token",
        )
    inner = HuggingFaceTokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    inner.post_processor = processors.ByteLevel(trim_offsets=False)
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary_size,
        special_tokens=[END_OF_TEXT],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    inner.train_from_iterator(stories, trainer)
    return Tokenizer(inner.to_str())
