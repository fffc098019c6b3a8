"""All words that StoryWorld tells, and the sentences that its wordings are made of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from pocket_narrator.storyworld.lexicon import characters, places, skills, things
from pocket_narrator.storyworld.plot import Beat
from pocket_narrator.storyworld.plots import PLOTS
from pocket_narrator.storyworld.reader.lookahead import longest_plain, matching, split
from pocket_narrator.storyworld.telling import casting
from pocket_narrator.storyworld.telling.shared import FRAGMENTS, TELLINGS
from pocket_narrator.storyworld.telling.template import ALWAYS_THERE, Compiler

_LONGEST_PATTERN = 400  # characters; a longer fragment is taken for anything
_SLOT = re.compile(r"\{[^}]*\}")
# The end of a sentence inside a wording; what follows begins with a capital letter, or a slot that does.
_END = re.compile(r'(?<!\bMr)(?<!\bMrs)[.!?]"?>?(?= "?<?\[?\{?[A-Z"])')


class Sentence(NamedTuple):
    """A sentence of a wording: the beat that it tells, with its plot, its template, and the template from it on as compiled parts."""

    plot: str
    beat: Beat
    source: str
    parts: tuple

    def may_tell(self, lower: str) -> bool:
        """Whether a sentence in small letters has the words of the template, with anything in the place of forms."""
        return longest_plain(self.source) in lower and _regular(self.source).fullmatch(lower) is not None


@cache
def _regular(source: str) -> re.Pattern[str]:
    return re.compile(_pattern(source.lower()), re.DOTALL)


@cache
def _pattern(source: str) -> str:
    """A regular expression of whatever a template tells: small fragments by their wordings, and anything for other slots."""
    pattern, position = "", 0
    while position < len(source):
        character = source[position]
        if character in "[<":
            end = matching(source, position)
            inside = source[position + 1 : end]
            options = split(inside) if character == "[" else [inside]
            pattern += f"(?:{'|'.join(map(_pattern, options))}){'?' if character == '<' else ''}"
        elif character == "{":
            end = source.index("}", position)
            pattern += _slot_pattern(source[position + 1 : end].split()[0])
        else:
            end = position
            pattern += re.escape(character)
        position = end + 1
    return pattern


@cache
def _slot_pattern(name: str) -> str:
    fragment = FRAGMENTS.get(name)
    if fragment is None:
        return ".+?"
    lines = "|".join("" if line == "-" else _pattern(line.lower()) for line in fragment.lines)
    found = f"(?:{lines}){'?' if fragment.decorates else ''}"
    return found if len(found) <= _LONGEST_PATTERN else ".*?"


@cache
def known_words() -> frozenset[str]:
    """In small letters."""
    found: set[str] = set()
    sources = [line for fragment in (*FRAGMENTS.values(), *TELLINGS.values()) for line in fragment.lines]
    sources += [
        source for plot in PLOTS.values() for beat in plot.beats() if beat.choice for source in beat.choice.options
    ]
    for source in sources:
        found |= words_of(_SLOT.sub(" ", source))
    modules = (characters, places, skills, things, casting)
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
def all_sentences() -> tuple[Sentence, ...]:
    """Of every beat of every plot; shared tellings once for each kind of participants."""
    found: dict[tuple, Sentence] = {}
    for plot in PLOTS.values():
        for beat in plot.beats():
            if beat.choice is None:
                continue
            site = beat.choice.site
            roles = {role: role for role in plot.roles} | ALWAYS_THERE
            who: tuple = ()
            if site.startswith("tell "):
                arguments = next(arguments for name, arguments in beat.events if name == site.removeprefix("tell "))
                roles = (
                    dict(zip(TELLINGS[site.removeprefix("tell ")].parameters, arguments, strict=True)) | ALWAYS_THERE
                )
                who = tuple(plot.roles.get(argument, (argument,))[0] for argument in arguments)
            compiler = Compiler(roles, FRAGMENTS)
            for source in beat.choice.options:
                for start, end in _sentences(source):
                    key = (site, who, source, start)
                    if source != "-" and key not in found:
                        parts = compiler.compile(source[start:], site)
                        found[key] = Sentence(plot.name, beat, source[start:end], parts)
    return tuple(found.values())


def _sentences(source: str) -> list[tuple[int, int]]:
    spans, start = [], 0
    for match in _END.finditer(source):
        before = source[: match.end()]
        if before.count("[") == before.count("]") and before.count("<") == before.count(">"):
            spans.append((start, match.end()))
            start = match.end() + 1
    return [*spans, (start, len(source))]
