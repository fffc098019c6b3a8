"""Does a story keep its people apart: the same names to the end, and the same pronoun for each of them?"""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pocket_narrator.evaluation.metrics.metric import Family, Metric, Values
from pocket_narrator.evaluation.metrics.text import Sample, names, sentences, words

if TYPE_CHECKING:
    from pocket_narrator.evaluation.metrics.tools import Tools

_SHE = frozenset({"she", "her", "hers", "herself"})
_HE = frozenset({"he", "him", "his", "himself"})
_PRONOUNS = {
    **dict.fromkeys(_SHE, "she"),
    **dict.fromkeys(_HE, "he"),
    **dict.fromkeys(("it", "its", "itself"), "it"),
    **dict.fromkeys(("they", "them", "their", "themselves"), "they"),
}
_FEMALE_NOUNS = (
    "girl woman lady mother mom mommy mum mummy mama sister daughter aunt auntie grandmother grandma granny nana wife "
    "queen princess witch niece maid goddess hen"
)
_MALE_NOUNS = (
    "boy man gentleman father dad daddy papa brother son uncle grandfather grandpa husband king prince wizard nephew "
    "lad god rooster"
)
_GENDERS = {**dict.fromkeys(_FEMALE_NOUNS.split(), "she"), **dict.fromkeys(_MALE_NOUNS.split(), "he")}
_ANYBODY = frozenset({"she", "he"})
REACH = 3  # sentences back, to what a pronoun refers to
_LATE = 0.75  # of the sentences: a name that first comes after it comes too late to matter
_QUOTED = re.compile(r"[\"\u201c][^\"\u201c\u201d]*[\"\u201d]?")


def measure(stories: Sequence[Sample], tools: "Tools") -> list[Values]:
    """Of beginning and continuation together."""
    return [
        {
            "name_return": name_return(story),
            "late_names": late_names(story.whole),
            "pronoun_consistency": pronoun_consistency(story.whole),
        }
        for story in stories
    ]


def name_return(story: Sample) -> float | None:
    """Share of the beginning's names that come again in the continuation; of the first half's in the second, where there
    is no beginning. None without names."""
    if story.beginning:
        first = {name for line in names(story.whole)[: len(sentences(story.beginning))] for name in line}
        later = set(re.findall(r"\b[A-Z]\w+", story.text))
    else:
        told = names(story.text)
        half = len(told) // 2
        first = {name for line in told[:half] for name in line}
        later = {name for line in told[half:] for name in line}
    return len(first & later) / len(first) if first else None


def late_names(text: str) -> float | None:
    """Share of the names whose first mention is in the last quarter of the sentences; None without names."""
    told = names(text)
    first: dict[str, int] = {}
    for number, line in enumerate(told):
        for name in line:
            first.setdefault(name, number)
    return sum(number >= _LATE * len(told) for number in first.values()) / len(first) if first else None


def pronoun_consistency(text: str) -> float | None:
    """Of all he/she pronouns that can only mean one name, the share that agrees with most of that name's pronouns.

    A pronoun can only mean one name where its sentence, up to there and outside quotes, has exactly that name, or none
    while the sentence before it has exactly that name. Names with fewer than two such pronouns say nothing; None where
    nothing does.
    """
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    told = names(text)
    known = {name for line in told for name in line}
    before: set[str] = set()
    for line in sentences(text):
        outside = _QUOTED.sub(" ", line)
        here: set[str] = set()
        for word in re.findall(r"[^\W_]+", outside):
            lower = word.lower()
            if word in known:
                here.add(word)
            elif lower in _SHE or lower in _HE:
                meant = here or before
                if len(meant) == 1:
                    votes[next(iter(meant))]["she" if lower in _SHE else "he"] += 1
        before = here or (before if not words(outside) else set())
    counted = [counter for counter in votes.values() if sum(counter.values()) >= 2]
    total = sum(sum(counter.values()) for counter in counted)
    return sum(max(counter.values()) for counter in counted) / total if total else None


def refers_back(lines: Sequence[str], nouns: Sequence[frozenset[str]], names: Sequence[Sequence[str]]) -> list[bool]:
    """Of each sentence, whether a pronoun in it has somebody of its gender, or something, to refer to in the REACH sentences
    before it.

    Plain rules for English: a name may be anybody; a noun that means a girl or a boy is `she` or `he`; another noun may be
    `it`, and somebody too where it is what its sentence is about (`The rabbit ran` but not `She saw the lamp`). A pronoun
    is nothing that another one could refer to: a chain of them hangs in the air.
    """
    offered = [_offered(words(line), own, named) for line, own, named in zip(lines, nouns, names, strict=True)]
    return [
        any(
            _PRONOUNS.get(word) in kinds
            for kinds in (frozenset().union(*offered[max(0, i - REACH) : i]),)
            for word in words(line)
        )
        for i, line in enumerate(lines)
    ]


def _offered(said: Sequence[str], nouns: frozenset[str], named: Sequence[str]) -> frozenset[str]:
    """The kinds of pronouns that can refer to what this sentence mentions."""
    people = {name.lower() for name in named}
    found: set[str] = set()
    if people:
        found |= {*_ANYBODY, "it"}
    if nouns:
        found |= {"it", "they"}
    found |= {_GENDERS[noun] for noun in nouns if noun in _GENDERS}
    for word in said:
        if word in _PRONOUNS:
            break
        if word in nouns and word not in _GENDERS:
            return frozenset(found | _ANYBODY)
    if len(people) > 1:
        found.add("they")
    return frozenset(found)


METRICS = (
    Metric("name_return", "share of the prompt's names that come again (of the first half's, without a prompt)", "ours",
           0, 1, "higher", "a copied prompt has 1"),
    Metric("late_names", "share of names first mentioned in the last quarter of the sentences", "ours", 0, 1, "lower",
           "a text without names has no value"),
    Metric("pronoun_consistency", "share of unambiguous he/she pronouns that agree with most of their name's", "ours",
           0.5, 1, "higher", "a person spoken about in a sentence of somebody else's is misread"),
)  # fmt: skip
FAMILY = Family("consistency", 1, METRICS, measure)
