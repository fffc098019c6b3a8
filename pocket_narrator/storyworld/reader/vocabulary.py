"""All words that StoryWorld tells, and the sentences of its wordings as regular expressions: is a sentence known at all?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from pocket_narrator.storyworld.lexicon import characters, clothes, places, skills, things
from pocket_narrator.storyworld.plot import Beat
from pocket_narrator.storyworld.plots import PLOTS
from pocket_narrator.storyworld.reader.lookahead import longest_plain, matching, plain_stretches, split
from pocket_narrator.storyworld.telling import casting
from pocket_narrator.storyworld.telling.shared import FRAGMENTS, TELLINGS
from pocket_narrator.storyworld.telling.template import DYNAMIC

_LONGEST = 350  # characters of a sentence; those of StoryWorld have under 300
# Whatever may be told of somebody or something: a few words, which have to be such as roles are told with.
_FORM = "((?:mrs?\\. )?[a-z'-]+(?: [a-z'-]+){0,8}?)"
_OF_FORMS = frozenset(
    [
        "a",
        "an",
        "the",
        "some",
        "to",
        "two",
        "mr",
        "mrs",
        "he",
        "she",
        "him",
        "her",
        "his",
        "himself",
        "herself",
        "it",
        "was",
        "were",
        "this",
        "these",
        "smell",
        "smells",
        "s",
    ]
)
_SLOT = re.compile(r"\{[^}]*\}")
# The end of a sentence inside a wording; what follows begins with a capital letter, or a slot that does.
_END = re.compile(r'(?<!\bMr)(?<!\bMrs)[.!?]"?>?(?= "?<?\[?\{?[A-Z"])')
_END_OR_NONE = re.compile(r'(?<!\bMr)(?<!\bMrs)[.!?]"?>?(?= "?<?\[?(?:\{|[A-Z"]))')


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
    return next((one for one in possible if _tells(one, lower)), None)


def _tells(sentence: Sentence, lower: str) -> bool:
    at = 0
    for words in plain_stretches(sentence.source):  # in their order: far quicker than the expression
        at = lower.find(words, at)
        if at < 0:
            return False
        at += len(words)
    match = _regular(sentence.source, _details(sentence.plot)).fullmatch(lower)
    return match is not None and all(words_of(form) <= _words_of_forms() for form in match.groups() if form)


@cache
def known_words() -> frozenset[str]:
    """In small letters."""
    found: set[str] = set()
    sources = [line for fragment in (*FRAGMENTS.values(), *TELLINGS.values()) for line in fragment.lines]
    sources += [line for plot in PLOTS.values() for beat in plot.beats() if beat.choice for line in beat.choice.options]
    for source in sources:
        found |= words_of(_SLOT.sub(" ", source))
    return frozenset(found | _words_of_forms())


@cache
def _words_of_forms() -> frozenset[str]:
    """What people, things and places are told with."""
    modules = (characters, clothes, places, skills, things, casting)
    tables = [value for module in modules for name, value in vars(module).items() if not name.startswith("__")]
    found: set[str] = set(_OF_FORMS)
    for text in _strings([*tables, *(plot.roles for plot in PLOTS.values())]):
        found |= words_of(text.replace("_", " "))
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
                for whole in _with_fragments(source):
                    for sentence in _sentences(whole):
                        found.setdefault((plot.name, sentence), Sentence(plot.name, beat, sentence))
    return tuple(found.values())


def _with_fragments(source: str) -> list[str]:
    """The wording, and those of a fragment that is all of it."""
    slot = _SLOT.fullmatch(source)
    name = slot[0][1:-1].lower() if slot else ""
    form = name.partition(":")[0]
    found = [] if source == "-" else [source]
    for known, fragment in FRAGMENTS.items() if slot else ():
        if known == name.split()[0] or (form in DYNAMIC and known.startswith(f"{form}_")):
            found += fragment.lines
    return found


def _sentences(source: str) -> list[str]:
    """Its sentences; where it depends on what is told whether one ends (`"Why?" {he:hero} asked`, `<. They sang>`), both ways."""
    told = source.replace("<", "").replace(">", "")
    return [sentence for way in (source, told) for end in (_END, _END_OR_NONE) for sentence in _split_at(end, way)]


def _split_at(end: re.Pattern[str], source: str) -> list[str]:
    found, start = [], 0
    for match in end.finditer(source):
        before = source[: match.end()]
        if before.count("[") == before.count("]") and before.count("<") == before.count(">"):
            found.append(source[start : match.end()])
            start = match.end() + 1
    return [*found, source[start:]]


Details = tuple[tuple[str, str], ...]


@cache
def _details(plot: str) -> Details:
    """Roles that are told by a fragment, with its name."""
    return tuple((role, words[0]) for role, (caster, words) in PLOTS[plot].roles.items() if caster == "detail")


@cache
def _regular(source: str, details: Details) -> re.Pattern[str]:
    return re.compile(_pattern(source.lower(), details))


@cache
def _pattern(source: str, details: Details = ()) -> str:
    """A regular expression of whatever a template tells, in small letters."""
    pattern, position = "", 0
    while position < len(source):
        character = source[position]
        end = position
        if character in "[<":
            end = matching(source, position)
            inside = source[position + 1 : end]
            options = split(inside) if character == "[" else [inside]
            pattern += (
                f"(?:{'|'.join(_pattern(option, details) for option in options)}){'?' if character == '<' else ''}"
            )
        elif character == "{":
            end = source.index("}", position)
            pattern += _slot(source[position + 1 : end].split()[0], details)
        else:
            pattern += re.escape(character)
        position = end + 1
    return pattern


@cache
def _slot(name: str, details: Details) -> str:
    form, _, role = name.rpartition(":")
    detail = dict(details).get(role)
    if detail is not None:
        return f"(?:an? |the )?{_slot(detail, ())}"
    if name in FRAGMENTS:
        fragments = [FRAGMENTS[name]]
    elif ":" in name and form in DYNAMIC:
        fragments = [fragment for known, fragment in FRAGMENTS.items() if known.startswith(f"{form}_")]
    else:
        return _FORM
    lines = [line for fragment in fragments for line in fragment.lines]
    told = "|".join("" if line == "-" else _pattern(line.lower()) for line in lines)
    return f"(?:{told}){'?' if fragments[0].decorates else ''}"
