"""The library that spells texts, asked in one place: whatever it raises for a file of somebody else's becomes a TokenizerError."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from tokenizers import Encoding, Tokenizer

from pocket_narrator.errors import TokenizerError

HINT = "use another tokenizer: this one cannot be relied on"


@contextmanager
def library_errors(what: str, where: str | None = None, hint: str = HINT) -> Iterator[None]:
    """The library raises bare Exception, and a panic of its Rust code is not even that."""
    try:
        yield
    except BaseException as error:
        if type(error) is not Exception and not is_panic(error):
            raise
        reason = " ".join(str(error).split())[:200]
        raise TokenizerError(f"{what}: {reason}", where=where, hint=hint) from None


def is_panic(error: BaseException) -> bool:
    """Whether Rust code has given up; the class has no place that it could be imported from."""
    return type(error).__name__ == "PanicException"


def read_text(text: str, where: str) -> Tokenizer:
    """The library's tokenizer of a `tokenizer.json`."""
    with library_errors("the tokenizer cannot be read", where, "it must be a tokenizer.json"):
        return Tokenizer.from_str(text)


def built(build: Callable[[], Tokenizer], where: str) -> str:
    """The `tokenizer.json` of a tokenizer that is put together here from a file of another kind."""
    with library_errors("the tokenizer cannot be read", where, "it may be damaged: copy the file again"):
        return build().to_str()


def spell(inner: Tokenizer, text: str) -> list[int]:
    """The ids of a text."""
    try:
        return inner.encode(text, add_special_tokens=False).ids
    except BaseException as error:  # not by the context manager: this is asked for each word
        with library_errors(f"the tokenizer fails on a text that begins with {text[:30]!r}"):
            raise error


def spell_batch(inner: Tokenizer, texts: Sequence[str]) -> list[Encoding]:
    """The same for many at once."""
    with library_errors("the tokenizer fails on a text"):
        return inner.encode_batch_fast(list(texts), add_special_tokens=False)
