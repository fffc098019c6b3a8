"""The tokenizer that a recipe asks for: trained on its stories, or one that is there."""

from collections.abc import Iterable

from pocket_narrator.errors import PluginError, TokenizerError
from pocket_narrator.plugins.failures import one_message
from pocket_narrator.plugins.origin import names_of_caller
from pocket_narrator.plugins.signature import place_of_definition
from pocket_narrator.plugins.target import resolve
from pocket_narrator.recipe import schema
from pocket_narrator.recipe.kinds.tables import TOKENIZERS, TokenizerKind
from pocket_narrator.recipe.limits import MOST_TOKENS
from pocket_narrator.tokenizers.bpe import describe_size, refuse_small_vocabulary, train_bpe
from pocket_narrator.tokenizers.character import train_character
from pocket_narrator.tokenizers.foreign.pretrained import Pretrained, download_tokenizer, open_tokenizer
from pocket_narrator.tokenizers.tokenizer import Tokenizer


def parse_tokenizer(text: str) -> schema.TokenizerConfig:
    """The section that a word on the command line stands for: `bpe:4096`, `character`, `hub:owner/name`, or a path.

    Raises TokenizerError if it cannot be understood.
    """
    kind, _, rest = text.partition(":")
    if kind == "hub":
        repository, _, revision = rest.partition("@")
        return schema.TokenizerConfig(kind="hub", repository=repository, revision=revision or "main")
    if kind in ("bpe", "character"):
        if not rest:
            return schema.TokenizerConfig(kind=kind)
        if not (rest.isascii() and rest.isdecimal()):
            raise TokenizerError(f"'{text}' needs a vocabulary size after the colon", hint=f"such as {kind}:4096")
        if len(rest.lstrip("0")) > len(str(MOST_TOKENS)) or int(rest) > MOST_TOKENS:
            raise TokenizerError(
                f"a vocabulary of {rest[:20]} tokens is out of all proportion", expected=f"at most {MOST_TOKENS:,}"
            )
        refuse_small_vocabulary(int(rest))
        return schema.TokenizerConfig(kind=kind, vocabulary_size=int(rest))
    return schema.TokenizerConfig(kind="file", path=text)


def is_trained(section: schema.TokenizerConfig) -> bool:
    """Whether the tokenizer is made of the recipe's stories."""
    return TOKENIZERS.find(section.kind) is not None


def train_tokenizer(section: schema.TokenizerConfig, stories: Iterable[str], workers: int = 1) -> tuple[Tokenizer, str]:
    """Trains on `stories`; also a line about its size. Raises TokenizerError, and PluginError where code that was added fails."""
    kind = TOKENIZERS.find(section.kind)
    assert kind is not None
    train = resolve(kind.train, f"the tokenizer '{section.kind}'")
    origin = TOKENIZERS.origin(section.kind)
    if origin is None:
        return train(section, stories, workers)
    with one_message(f"the tokenizer '{section.kind}'", origin.path):
        made = train(section, stories, workers)
    if not isinstance(made, Tokenizer) and not callable(getattr(made, "to_str", None)):
        raise PluginError(
            f"the tokenizer '{section.kind}' gives {made!r:.60}",
            where=place_of_definition(train),
            expected="a tokenizers.Tokenizer of Hugging Face's, or one of pocket-narrator's",
        )
    tokenizer = made if isinstance(made, Tokenizer) else Tokenizer(made.to_str(), where=section.kind)
    return tokenizer, f"{tokenizer.vocabulary_size:,} tokens"


def train_bpe_of(section: schema.TokenizerConfig, stories: Iterable[str], workers: int) -> tuple[Tokenizer, str]:
    tokenizer = train_bpe(stories, section.vocabulary_size, workers)
    return tokenizer, describe_size(tokenizer, section.vocabulary_size)


def train_character_of(section: schema.TokenizerConfig, stories: Iterable[str], workers: int) -> tuple[Tokenizer, str]:
    tokenizer = train_character(stories, section.vocabulary_size, workers)
    return tokenizer, f"{tokenizer.vocabulary_size:,} characters and bytes"


def register_tokenizer(kind: TokenizerKind) -> None:
    """Makes a tokenizer known as `tokenizer.kind=NAME`. PluginError for a name that is taken."""
    if not isinstance(kind, TokenizerKind):
        raise PluginError("register_tokenizer takes a TokenizerKind", found=f"{kind!r:.80}", hint="see docs/plugins.md")
    TOKENIZERS.register(kind.name, kind, names_of_caller())


def code_version(section: schema.TokenizerConfig) -> str:
    """Of a tokenizer that was added the hash of its code, so that another version makes another one."""
    origin = TOKENIZERS.origin(section.kind)
    return "" if origin is None else origin.sha256


def open_pretrained(section: schema.TokenizerConfig) -> Pretrained:
    """Opens the file, or downloads it. Raises TokenizerError."""
    if section.kind == "hub":
        assert section.repository is not None
        return open_tokenizer(download_tokenizer(section.repository, section.revision))
    assert section.path is not None
    return open_tokenizer(section.path)


def name_of(section: schema.TokenizerConfig) -> str:
    """A short name for a folder."""
    sizes = {"bpe": f"bpe{section.vocabulary_size}", "character": f"character{section.vocabulary_size}"}
    return sizes.get(section.kind, section.kind)
