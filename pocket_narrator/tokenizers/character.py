"""Character level: a token a character, and bytes for characters that have none, so that nothing is ever lost."""

from collections.abc import Iterable

from tokenizers import Tokenizer as HuggingFaceTokenizer
from tokenizers import decoders, models

from pocket_narrator.tokenizers.bpe import END_OF_TEXT, refuse_small_vocabulary
from pocket_narrator.tokenizers.character_table import ASCII
from pocket_narrator.tokenizers.counting import count_characters
from pocket_narrator.tokenizers.tokenizer import Tokenizer


def train_character(stories: Iterable[str], vocabulary_size: int, workers: int = 1) -> Tokenizer:
    """Id 0 is the end-of-text token, 1 to 128 the ASCII characters, 129 to 256 the other bytes, then the other characters.

    Of characters outside ASCII the most frequent in `stories` get a token, as many as `vocabulary_size` allows (ties by
    code point). Any other is spelled by the bytes of its UTF-8, as Hugging Face's byte fallback does. The special token
    is one token for tools that look for special tokens in a text; here a text is only ever text.
    Raises TokenizerError if `vocabulary_size` cannot hold the first 257.
    """
    refuse_small_vocabulary(vocabulary_size)
    counts = count_characters(stories, workers)
    others = sorted((-count, character) for character, count in counts.items() if ord(character) >= ASCII)
    names = [END_OF_TEXT, *map(chr, range(ASCII)), *(f"<0x{byte:02X}>" for byte in range(ASCII, 256))]
    names += [character for _, character in others[: vocabulary_size - len(names)]]
    vocabulary = {name: place for place, name in enumerate(names)}
    inner = HuggingFaceTokenizer(models.BPE(vocabulary, [], byte_fallback=True))
    inner.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Fuse()])
    inner.add_special_tokens([END_OF_TEXT])
    return Tokenizer(inner.to_str())
