"""All words that StoryWorld tells, and the sentences that its wordings are made of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from pocket_narrator.storyworld.lexicon import characters, places, skills, things
from pocket_narrator.storyworld.plot import Beat
from pocket_narrator.storyworld.plots import PLOTS
from pocket_narrator.storyworld.reader.lookahead import longest_plain
from pocket_narrator.storyworld.telling import casting
from pocket_narrator.storyworld.telling.shared import FRAGMENTS, TELLINGS
from pocket_narrator.storyworld.telling.template import ALWAYS_THERE, Compiler

_SLOT = re.compile(r"\{[^}]*\}")
# The end of a sentence inside a wording; what follows begins with a capital letter, or a slot that does.
_END = re.compile(r'(?<!\bMr)(?<!\bMrs)[.!?]"?>?(?= "?<?\[?\{?[A-Z"])')


class Sentence(NamedTuple):
    """A sentence of a wording: the beat that it tells, with its plot, and the template from it on, as compiled parts."""

    plot: str
    beat: Beat
    plain: str
    parts: tuple


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
                        found[key] = Sentence(plot.name, beat, longest_plain(source[start:end]), parts)
    return tuple(found.values())


def _sentences(source: str) -> list[tuple[int, int]]:
    spans, start = [], 0
    for match in _END.finditer(source):
        before = source[: match.end()]
        if before.count("[") == before.count("]") and before.count("<") == before.count(">"):
            spans.append((start, match.end()))
            start = match.end() + 1
    return [*spans, (start, len(source))]
