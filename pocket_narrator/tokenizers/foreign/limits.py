"""How large a tokenizer of somebody else's may be: far above all that are in use, and low enough that none takes memory or
time without end. Looked at before the library sees it, which knows no limits of its own and may end the process."""

from collections.abc import Iterable, Sequence

from pocket_narrator.errors import TokenizerError

LARGEST_FILE_BYTES = 64 << 20  # a tokenizer.json of a quarter of a million tokens has about 30 MiB
LARGEST_VOCABULARY = 1 << 22
LONGEST_TOKEN = 4096  # characters; those in use have up to a thousand, and the library's recursion ends at some 100,000
LONGEST_ADDED_TOKEN = 256
MOST_ADDED_TOKENS, MOST_ADDED_CHARACTERS = 1 << 15, 1 << 20
MOST_SPLIT_CHARACTERS = 1 << 25  # a quarter of a million tokens of eight characters take half
DEEPEST_PART = 16  # parts of parts of a normalizer, pre-tokenizer or decoder
MOST_PARTS = 256
LARGEST_GROWTH = 64  # times that normalization may make a text longer
LONGEST_SETTING = 4096  # characters of one text among the settings


def refuse_long_tokens(names: Iterable[str | bytes], where: str) -> None:
    """TokenizerError for a token that no text needs."""
    longest = max(names, key=len, default="")
    if len(longest) > LONGEST_TOKEN:
        raise beyond(f"a token of {len(longest):,} characters", f"at most {LONGEST_TOKEN:,}", where)


def refuse_many_added(names: Sequence[str], where: str) -> None:
    """TokenizerError for more tokens beside the vocabulary, or longer ones, than the search for them in a text stands."""
    if len(names) > MOST_ADDED_TOKENS:
        raise beyond(f"{len(names):,} added tokens", f"at most {MOST_ADDED_TOKENS:,}", where)
    if sum(map(len, names)) > MOST_ADDED_CHARACTERS:
        raise beyond("very long added tokens", f"at most {MOST_ADDED_CHARACTERS:,} characters in all", where)
    longest = max(names, key=len, default="")
    if len(longest) > LONGEST_ADDED_TOKEN:
        raise beyond(f"an added token of {len(longest):,} characters", f"at most {LONGEST_ADDED_TOKEN}", where)


def refuse_costly_splits(tokens: Iterable[str | bytes], where: str) -> None:
    """TokenizerError where it would take too long to find merges by trying all splits of the tokens."""
    characters = sum(len(token) ** 2 for token in tokens)  # that are copied and compared
    if characters > MOST_SPLIT_CHARACTERS:
        expected = f"at most {MOST_SPLIT_CHARACTERS:,} characters in all splits of its tokens"
        raise beyond("tokens that are made of too many others", expected, where)


def beyond(what: str, expected: str, where: str) -> TokenizerError:
    """The refusal of something too large."""
    return TokenizerError(
        f"the tokenizer has {what}",
        where=where,
        expected=expected,
        hint="use another tokenizer: none in use comes near this, so the file is damaged or made to do harm",
    )
