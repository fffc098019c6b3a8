"""Text to token ids and back: byte-level BPE trained here, or any byte-level `tokenizer.json`."""

from pocket_narrator.tokenizers.bpe import train_bpe
from pocket_narrator.tokenizers.tokenizer import StreamDecoder, Tokenizer

__all__ = ["StreamDecoder", "Tokenizer", "train_bpe"]
