"""All words that StoryWorld tells, and the sentences of its wordings as regular expressions: is a sentence known at all?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from pocket_narrator.storyworld.lexicon import characters, clothes, places, skills, things
from pocket_narrator.storyworld.plot import Beat
from pocket_narrator.storyworld.plots import PLOTS
from pocket_narrator.storyworld.reader.lookahead import longest_plain, matching, split
from pocket_narrator.storyworld.telling import casting
from pocket_narrator.storyworld.telling.shared import FRAGMENTS, TELLINGS
from pocket_narrator.storyworld.telling.template import DYNAMIC

_LONGEST = 400  # characters of a sentence; those of StoryWorld have under 300
_FORM = "[a-z' .-]{1,40}?"  # whatever is told of somebody or something
_SLOT = re.compile(r"\{[^}]*\}")
# The end of a sentence inside a wording; what follows begins with a capital letter, or a slot that does.
_END = re.compile(r'(?<!\bMr)(?<!\bMrs)[.!?]"?>?(?= "?<?\[?\{?[A-Z"])')


class Sentence(NamedTuple):
    """A sentence of a wording: its template, and the beat that it tells, with its plot."""

    plot: str
    beat: Beat
    source: str


def wording_of(text: str, plot: str) -> Sentence | None:
    """A sentence of the wordings that tells the text, of anybody and in any state; one of the plot where there is one."""
    lower = text.lower()
    if len(lower) > _LONGEST:
        return None
    possible = [one for one in _all_sentences() if longest_plain(one.source) in lower]
    possible.sort(key=lambda one: one.plot != plot)
    return next((one for one in possible if _regular(one.source).fullmatch(lower)), None)


@cache
def known_words() -> frozenset[str]:
    """In small letters."""
    found: set[str] = set()
    sources = [line for fragment in (*FRAGMENTS.values(), *TELLINGS.values()) for line in fragment.lines]
    sources += [line for plot in PLOTS.values() for beat in plot.beats() if beat.choice for line in beat.choice.options]
    for source in sources:
        found |= words_of(_SLOT.sub(" ", source))
    modules = (characters, clothes, places, skills, things, casting)
    tables = [value for module in modules for name, value in vars(module).items() if not name.startswith("__")]
    for text in _strings([*tables, *(plot.roles for plot in PLOTS.values())]):
        found |= words_of(text)
    return frozenset(found)


def words_of(text: str) -> frozenset[str]:
    """The words of a text, in small letters."""
    return frozenset(re.findall(r"[^\W\d_]+", text.lower()))


def _strings(item: Any) -> Iterator[str]:
    if isinstance(item, str):
        yield item
    elif isinstance(item, Mapping):
        yield from _strings([*item.keys(), *item.values()])
    elif isinstance(item, (tuple, list, frozenset)):
        for part in item:
            yield from _strings(part)


@cache
def _all_sentences() -> tuple[Sentence, ...]:
    """Of every beat of every plot."""
    found: dict[tuple, Sentence] = {}
    for plot in PLOTS.values():
        for beat in plot.beats():
            for source in () if beat.choice is None else beat.choice.options:
                for sentence in () if source == "-" else _sentences(source):
                    found.setdefault((plot.name, sentence), Sentence(plot.name, beat, sentence))
    return tuple(found.values())


def _sentences(source: str) -> list[str]:
    found, start = [], 0
    for match in _END.finditer(source):
        before = source[: match.end()]
        if before.count("[") == before.count("]") and before.count("<") == before.count(">"):
            found.append(source[start : match.end()])
            start = match.end() + 1
    return [*found, source[start:]]


@cache
def _regular(source: str) -> re.Pattern[str]:
    return re.compile(_pattern(source.lower()))


@cache
def _pattern(source: str) -> str:
    """A regular expression of whatever a template tells, in small letters."""
    pattern, position = "", 0
    while position < len(source):
        character = source[position]
        end = position
        if character in "[<":
            end = matching(source, position)
            inside = source[position + 1 : end]
            options = split(inside) if character == "[" else [inside]
            pattern += f"(?:{'|'.join(map(_pattern, options))}){'?' if character == '<' else ''}"
        elif character == "{":
            end = source.index("}", position)
            pattern += _slot(source[position + 1 : end].split()[0])
        else:
            pattern += re.escape(character)
        position = end + 1
    return pattern


@cache
def _slot(name: str) -> str:
    form = name.partition(":")[0]
    if name in FRAGMENTS:
        fragments = [FRAGMENTS[name]]
    elif ":" in name and form in DYNAMIC:
        fragments = [fragment for known, fragment in FRAGMENTS.items() if known.startswith(f"{form}_")]
    else:
        return _FORM
    lines = [line for fragment in fragments for line in fragment.lines]
    told = "|".join("" if line == "-" else _pattern(line.lower()) for line in lines)
    return f"(?:{told}){'?' if fragments[0].decorates else ''}"
