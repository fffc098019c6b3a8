"""Wordings of chronicles as regular expressions: could one of them stand at a place of a text, and of whom does it tell there?"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from pocket_narrator.storyworld.reader.lookahead import matching, split
from pocket_narrator.storyworld.telling.people import PRONOUNS

_PERSON = r"(?:mrs?\. )?[a-z]+"
_WORDS = r"(?:mrs?\. )?[a-z][a-z', -]{0,89}?"  # whatever may be told of a person or a value
# The end of a sentence inside a wording; what follows begins with a capital letter, or a slot that does.
_END = re.compile(r'(?<!\bMr)(?<!\bMrs)[.!?]"?(?= "?\[?\{?[A-Z"])')


class ToldForms(NamedTuple):
    """What a wording would tell in a text: forms of roles as (role, form, words), in small letters, and where it ends."""

    forms: tuple[tuple[str, str, str], ...]
    end: int


class Wording:
    """A wording, or the first sentence of one, with whatever words in its slots."""

    __slots__ = ("_expression", "slots")

    def __init__(self, source: str) -> None:
        self.slots: list[tuple[str, str]] = []
        self._expression = re.compile(self._pattern(source))

    def at(self, lower: str, position: int) -> ToldForms | None:
        """What it tells at a place of a text in small letters, if it can stand there."""
        match = self._expression.match(lower, position)
        return None if match is None else self._told(match)

    def between(self, lower: str, begin: int, end: int) -> ToldForms | None:
        """What it tells in a stretch of a text, if it can stand there anywhere."""
        match = self._expression.search(lower, begin, end)
        return None if match is None else self._told(match)

    def _told(self, match: re.Match[str]) -> ToldForms:
        forms = [(*slot, words) for slot, words in zip(self.slots, match.groups(), strict=True) if words is not None]
        return ToldForms(tuple(forms), match.end())

    def _pattern(self, source: str) -> str:
        pattern, position = "", 0
        while position < len(source):
            end = position
            if source[position] == "[":
                end = matching(source, position)
                pattern += f"(?:{'|'.join(map(self._pattern, split(source[position + 1 : end])))})"
            elif source[position] == "{":
                end = source.index("}", position)
                pattern += self._slot(source[position + 1 : end].lower())
            else:
                pattern += re.escape(source[position].lower())
            position = end + 1
        return pattern

    def _slot(self, content: str) -> str:
        form, _, role = content.rpartition(":")
        if form in PRONOUNS:
            return f"(?:{_PERSON}(?:'s)?)"
        self.slots.append((role, form or "name"))
        return f"({_PERSON}'s)" if form == "own" else "(he|she)" if form == "pronoun" else f"({_WORDS})"


@cache
def whole(source: str) -> Wording:
    """A wording with all of its sentences."""
    return Wording(source)


@cache
def first_sentence(source: str) -> Wording:
    """The first sentence of a wording."""
    return Wording(sentences_of(source)[0])


@cache
def sentences_of(source: str) -> tuple[str, ...]:
    """The sentences of a wording, as templates."""
    found, start = [], 0
    for match in _END.finditer(source):
        before = source[: match.end()]
        if before.count("[") == before.count("]"):
            found.append(source[start : match.end()])
            start = match.end() + 1
    return (*found, source[start:])
