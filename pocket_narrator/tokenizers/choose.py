"""The tokenizer that a recipe asks for: trained on its stories, or one that is there."""

from collections.abc import Iterable

from pocket_narrator.errors import TokenizerError
from pocket_narrator.recipe import schema
from pocket_narrator.tokenizers.bpe import describe_size, refuse_small_vocabulary, train_bpe
from pocket_narrator.tokenizers.character import train_character
from pocket_narrator.tokenizers.foreign.pretrained import Pretrained, download_tokenizer, open_tokenizer
from pocket_narrator.tokenizers.tokenizer import Tokenizer


def parse_tokenizer(text: str) -> schema.Tokenizer:
    """The section that a word on the command line stands for: `bpe:4096`, `character`, `hub:owner/name`, or a path.

    Raises TokenizerError if it cannot be understood.
    """
    kind, _, rest = text.partition(":")
    if kind == "hub":
        repository, _, revision = rest.partition("@")
        return schema.Tokenizer(kind="hub", repository=repository, revision=revision or "main")
    if kind in ("bpe", "character"):
        if not rest:
            return schema.Tokenizer(kind=kind)
        if not (rest.isascii() and rest.isdecimal()):
            raise TokenizerError(f"'{text}' needs a vocabulary size after the colon", hint=f"such as {kind}:4096")
        refuse_small_vocabulary(int(rest))
        return schema.Tokenizer(kind=kind, vocabulary_size=int(rest))
    return schema.Tokenizer(kind="file", path=text)


def is_trained(section: schema.Tokenizer) -> bool:
    """Whether the tokenizer is made of the recipe's stories."""
    return section.kind in ("bpe", "character")


def train_tokenizer(section: schema.Tokenizer, stories: Iterable[str], workers: int = 1) -> tuple[Tokenizer, str]:
    """Trains on `stories`; also a line about its size. Raises TokenizerError."""
    if section.kind == "bpe":
        tokenizer = train_bpe(stories, section.vocabulary_size, workers)
        return tokenizer, describe_size(tokenizer, section.vocabulary_size)
    assert section.kind == "character"
    tokenizer = train_character(stories, section.vocabulary_size, workers)
    return tokenizer, f"{tokenizer.vocabulary_size:,} characters and bytes"


def open_pretrained(section: schema.Tokenizer) -> Pretrained:
    """Opens the file, or downloads it. Raises TokenizerError."""
    if section.kind == "hub":
        assert section.repository is not None
        return open_tokenizer(download_tokenizer(section.repository, section.revision))
    assert section.path is not None
    return open_tokenizer(section.path)


def name_of(section: schema.Tokenizer) -> str:
    """A short name for a folder."""
    sizes = {"bpe": f"bpe{section.vocabulary_size}", "character": f"character{section.vocabulary_size}"}
    return sizes.get(section.kind, section.kind)
