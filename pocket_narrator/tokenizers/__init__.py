"""Text to token ids and back: byte-level BPE or characters, trained here, or a tokenizer that others trained."""

from pocket_narrator.tokenizers.bpe import train_bpe
from pocket_narrator.tokenizers.character import train_character
from pocket_narrator.tokenizers.foreign.pretrained import download_tokenizer, open_tokenizer
from pocket_narrator.tokenizers.tokenizer import StreamDecoder, Tokenizer

__all__ = ["StreamDecoder", "Tokenizer", "download_tokenizer", "open_tokenizer", "train_bpe", "train_character"]
