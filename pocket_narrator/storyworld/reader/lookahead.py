"""What a decision has to be, by the text that comes next: options whose beginning stands there, and names that occur at all.

This only saves trials. An option is left out where no story could take it and tell this text; which of the others it was is found out by telling.
"""

from __future__ import annotations

import re
from functools import cache

from pocket_narrator.storyworld.telling.shared import FRAGMENTS

_MOST = 64  # beginnings that are kept apart; more are cut short

# What is decided at these sites is told in the last word of the option, sooner or later.
TOLD_BY_ITS_LAST_WORD = ("kind", "friend kind", "parent", "elder", "tiny", "spot", "garment", "garment color")
TOLD_BY_ITS_LAST_WORD_TOO = ("name ", "thing ", "place ", "adjective ")  # beginnings of sites
# What is decided at these is told as it stands.
TOLD_WHOLE = ("land phrase ",)


@cache
def beginnings(source: str) -> tuple[str, ...]:
    """Texts of which one begins whatever a wording tells; empty text where there is no saying.

    They end with the sentence at the latest, so that a text which has none of them departs from the wording in its first sentence.
    """
    found = ("",) if source == "-" else tuple(dict.fromkeys(_first_sentence(one) for one, _ in _sequence(source)))
    return ("",) if "" in found else found


def _first_sentence(text: str) -> str:
    for position, character in enumerate(text):
        if character in ".!?" and position:
            return text[: position + 1]
    return text


def _sequence(source: str) -> list[tuple[str, bool]]:
    """The beginnings of a template, each with whether it is all that is told."""
    done: list[tuple[str, bool]] = []
    growing = [""]
    position = 0
    while growing and position < len(source):
        character = source[position]
        if character == "[":
            end = matching(source, position)
            parts = [pair for option in split(source[position + 1 : end]) for pair in _sequence(option)]
            position = end + 1
        elif character == "<":  # decoration
            end = matching(source, position)
            parts = [("", True), *_sequence(source[position + 1 : end])]
            position = end + 1
        elif character == "{":
            end = source.index("}", position)
            parts = _slot(source[position + 1 : end])
            position = end + 1
        else:
            end = position
            while end < len(source) and source[end] not in "[{<":
                end += 1
            parts = [(source[position:end], True)]
            position = end
        if len(growing) * len(parts) > _MOST:
            return done + [(one, False) for one in growing]
        done += [(before + one, False) for before in growing for one, is_whole in parts if not is_whole]
        growing = [before + one for before in growing for one, is_whole in parts if is_whole]
    return done + [(one, True) for one in growing]


def _slot(content: str) -> list[tuple[str, bool]]:
    name = (content[0].lower() + content[1:]).split()[0]
    if name not in FRAGMENTS:
        return [("", False)]
    fragment = FRAGMENTS[name]
    found = [pair for line in fragment.lines for pair in ([("", True)] if line == "-" else _sequence(line))]
    if fragment.decorates:
        found.append(("", True))
    return [(capitalized(one), is_whole) for one, is_whole in found] if content[0].isupper() else found


def matching(source: str, start: int) -> int:
    """Where the bracket at a place is closed."""
    depth = 0
    for position in range(start, len(source)):
        depth += (source[position] in "[<") - (source[position] in "]>")
        if not depth:
            return position
    raise AssertionError(f"unbalanced brackets in: {source}")


def split(inside: str) -> list[str]:
    """The options of a choice, of which this stands between its brackets."""
    options, depth, start = [], 0, 0
    for position, character in enumerate(inside):
        depth += (character in "[{<") - (character in "]}>")
        if character == "|" and depth == 0:
            options.append(inside[start:position])
            start = position + 1
    return [*options, inside[start:]]


def capitalized(text: str) -> str:
    """A beginning as it stands at the beginning of a sentence."""
    if text[:1] == '"':
        return '"' + text[1:2].upper() + text[2:]
    return text[:1].upper() + text[1:]


@cache
def kind_of(site: str) -> str:
    """How what is decided at a site is told: "wording", "last word", "whole", or "" where there is no saying."""
    if site.endswith(" told"):
        return ""
    if "." in site or "/" in site or site in FRAGMENTS or site.startswith(("tell ", "ran ")):
        return "wording"
    if site in TOLD_BY_ITS_LAST_WORD or site.startswith(TOLD_BY_ITS_LAST_WORD_TOO):
        return "last word"
    return "whole" if site.startswith(TOLD_WHOLE) else ""


@cache
def last_word(option: str) -> str:
    """In small letters."""
    return re.findall(r"[a-z]+", option.lower())[-1]


@cache
def longest_plain(source: str) -> str:
    """The longest stretch of a wording that stands in the text however it is told, in small letters."""
    return max(plain_stretches(source), key=len, default="")


@cache
def plain_stretches(source: str) -> tuple[str, ...]:
    """All such stretches, in their order."""
    depth, pieces, start = 0, [], 0
    for position, character in enumerate(source):
        if character in "[{<":
            if depth == 0:
                pieces.append(source[start:position])
            depth += 1
        elif character in "]}>":
            depth -= 1
            start = position + 1
    pieces.append(source[start:])
    return tuple(piece.lower() for piece in pieces if piece and source != "-")
