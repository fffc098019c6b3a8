"""What cleaning says of a story."""

from dataclasses import dataclass
from typing import NamedTuple


class Reason(NamedTuple):
    """Why a story was rejected: a rule's name, and what it found."""

    rule: str
    detail: str

    def __str__(self) -> str:
        return f"{self.rule}({self.detail})" if self.detail else self.rule


@dataclass(frozen=True)
class Book:
    """What is known of a book beside its text."""

    title: str
    author: str
    chapters: tuple[tuple[str, int], ...]  # title, and the character of the clean text at which it begins


class Verdict(NamedTuple):
    """A story is kept if there is no reason against it, and nothing like it came before."""

    text: str  # as it is written when kept
    reasons: tuple[Reason, ...]
    mended: tuple[str, ...]  # what was mended, see mend.py
    words: list[bytes]  # lower case, UTF-8: what duplicates are known by
    book: Book | None = None
