"""Whom a pronoun would mean to a reader, and what is told instead where that is in doubt.

The rule, a strict form of what centering theory calls the preference for what was last spoken of (Grosz, Joshi and Weinstein 1995,
"Centering", rule 1). It reads the text from left to right, without what is between quotation marks. Sentences end at `.`, `!` and `?`
outside of these, and at `."`.

- `he`, `him` and `himself` mean the only person of their gender told so far in their sentence. Where it has told none, they mean
  the only one told in the last sentence that told any.
- `his` means the person of its gender told last in its sentence. Where it has told none, it is read as `he` is.

Where a pronoun so read would mean somebody else, or two, the name is told; an animal that is named in the sentence already is told
by its kind ("the frog").
"""

from __future__ import annotations

import re
from collections.abc import Mapping

PRONOUNS = frozenset({"he", "him", "his", "himself"})
# Quotation marks, and ends of sentences; `Mr.` and `Mrs.` end none.
_MARKS = re.compile(r'\."|"|(?<!Mr)(?<!Mrs)[.!?]')


class People:
    """Who was told in the sentence that is being written, and in the last ones before, by gender."""

    __slots__ = ("_before", "_quoted", "_sentence")

    def __init__(self) -> None:
        self._quoted = False
        self._sentence: dict[str, list[str]] = {}
        self._before: dict[str, list[str]] = {}

    def state(self) -> tuple:
        """All that it knows, for `go_back`; equal for two that know the same."""
        told = (
            tuple((gender, tuple(roles)) for gender, roles in one.items()) for one in (self._sentence, self._before)
        )
        return self._quoted, *told

    def go_back(self, state: tuple) -> None:
        """Knows what it knew then."""
        self._quoted, *told = state
        self._sentence, self._before = ({gender: list(roles) for gender, roles in one} for one in told)

    def read(self, text: str) -> None:
        """Text that tells no person."""
        for mark in _MARKS.findall(text):
            if mark[-1] == '"':
                self._quoted = not self._quoted
            if mark != '"' and not self._quoted:
                self._before.update(self._sentence)
                self._sentence = {}

    def tell(self, role: str, gender: str) -> None:
        """A person is told now, by a name or a pronoun."""
        if not self._quoted:
            self._sentence.setdefault(gender, []).append(role)

    def means(self, form: str, gender: str) -> str | None:
        """The role that a pronoun would mean here; None where it could mean two people, or nobody."""
        told = self._sentence.get(gender)
        if told and form == "his":
            return told[-1]
        told = told or self._before.get(gender)
        return told[0] if told and len(set(told)) == 1 else None

    def instead(self, role: str, cast: Mapping[str, dict]) -> str:
        """The form that is told where a pronoun is in doubt."""
        named = role in self._sentence.get(cast[role]["gender"], ())
        return "the" if named and only_of_its_kind(role, cast) else "name"


def only_of_its_kind(role: str, cast: Mapping[str, dict]) -> bool:
    """Whether `the frog` or `the girl` can mean nobody else. Elders and parents are told by their names."""
    person = cast[role]
    return "the" in person and not any(
        other is not person and other.get("kind") == person["kind"] for other in cast.values()
    )
